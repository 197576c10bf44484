package io.github.certflux.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * A record as it is kept: a mark, which no JSON or PEM begins with, the name of the key after its
 * length, a nonce, and what AES-GCM makes of the content. What comes before the nonce is
 * authenticated too, and the path.
 */
final class RecordCipher {

  private static final byte[] MARK = {0, 'C', 'F', 'E', 1};
  private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final String newest;
  private final Map<String, SecretKey> keys;
  private final boolean readsPlain;
  private final SecureRandom random;

  RecordCipher(
      String newest, Map<String, SecretKey> keys, boolean readsPlain, SecureRandom random) {
    this.newest = newest;
    this.keys = Map.copyOf(keys);
    this.readsPlain = readsPlain;
    this.random = random;
    keys.forEach(this::tryOut);
  }

  static void check(String keyId, SecretKey key) {
    if (!KEY_ID.matcher(keyId).matches()) {
      throw new IllegalArgumentException("a key's name is 1 to 64 of [A-Za-z0-9._-]");
    }
    byte @Nullable [] encoded = key.getEncoded(); // none where the key is in a device
    if (!key.getAlgorithm().equals("AES") || (encoded != null && encoded.length != KEY_BYTES)) {
      throw new IllegalArgumentException("the key " + keyId + " must be for AES, of 256 bits");
    }
  }

  /**
   * A key that can't be used shows now, and what a first use loads is loaded where one may wait.
   */
  private void tryOut(String keyId, SecretKey key) {
    try {
      byte[] header = header(keyId);
      byte[] nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce);
      cipher(Cipher.ENCRYPT_MODE, key, header, nonce, "").doFinal(new byte[0]);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the key " + keyId + " can't be used", e);
    }
  }

  byte[] seal(String path, byte[] content) {
    byte[] header = header(newest);
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      SecretKey key = Objects.requireNonNull(keys.get(newest));
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, header, nonce, path).doFinal(content);
      return ByteBuffer.allocate(header.length + nonce.length + sealed.length)
          .put(header)
          .put(nonce)
          .put(sealed)
          .array();
    } catch (GeneralSecurityException e) {
      throw new StoreException(path, path + " can't be encrypted with the key " + newest, e);
    }
  }

  byte[] open(String path, byte[] kept) {
    if (!isSealed(kept)) {
      if (readsPlain) {
        return kept;
      }
      throw new StoreDecryptionException(
          path, path + " is not encrypted: it was written without this store, or damaged", null);
    }
    ByteBuffer rest = ByteBuffer.wrap(kept, MARK.length, kept.length - MARK.length);
    String keyId = keyId(path, rest);
    SecretKey key = keys.get(keyId);
    if (key == null) {
      throw new StoreDecryptionException(
          path, path + " is encrypted with the key " + keyId + ", which was not given", null);
    }
    if (rest.remaining() < NONCE_BYTES + TAG_BITS / 8) {
      throw damaged(path);
    }
    byte[] header = Arrays.copyOf(kept, rest.position());
    byte[] nonce = new byte[NONCE_BYTES];
    rest.get(nonce);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, header, nonce, path)
          .doFinal(kept, rest.position(), rest.remaining());
    } catch (AEADBadTagException e) {
      throw new StoreDecryptionException(
          path,
          path
              + " is not what the key "
              + keyId
              + " encrypted there: it was changed, or moved from another path, or another key has"
              + " this name",
          e);
    } catch (GeneralSecurityException e) {
      throw new StoreException(path, path + " can't be decrypted with the key " + keyId, e);
    }
  }

  private static boolean isSealed(byte[] kept) {
    return kept.length > MARK.length && Arrays.equals(kept, 0, MARK.length, MARK, 0, MARK.length);
  }

  private static String keyId(String path, ByteBuffer rest) {
    byte[] name = new byte[Byte.toUnsignedInt(rest.get())];
    if (name.length > rest.remaining()) {
      throw damaged(path);
    }
    rest.get(name);
    String keyId = new String(name, UTF_8);
    if (!KEY_ID.matcher(keyId).matches()) {
      throw damaged(path);
    }
    return keyId;
  }

  private static StoreDecryptionException damaged(String path) {
    return new StoreDecryptionException(path, path + " is damaged: it can't be decrypted", null);
  }

  private static byte[] header(String keyId) {
    byte[] name = keyId.getBytes(UTF_8);
    return ByteBuffer.allocate(MARK.length + 1 + name.length)
        .put(MARK)
        .put((byte) name.length)
        .put(name)
        .array();
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] header, byte[] nonce, String path)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(header);
    cipher.updateAAD(path.getBytes(UTF_8));
    return cipher;
  }
}
