package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The rights that a file or a folder is made with: its owner's, from the first moment. */
final class OwnerOnly {

  static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private OwnerOnly() {}

  static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  static FileAttribute<?>[] file(Path path) throws IOException {
    return attributes(path, FILE, EnumSet.noneOf(AclEntryFlag.class));
  }

  static FileAttribute<?>[] folder(Path path) throws IOException {
    return attributes(
        path, FOLDER, EnumSet.of(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT));
  }

  private static FileAttribute<?>[] attributes(
      Path path, Set<PosixFilePermission> permissions, Set<AclEntryFlag> flags) throws IOException {
    FileSystem files = path.getFileSystem();
    if (isPosix(path)) {
      return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
    if (!files.supportedFileAttributeViews().contains("acl")) {
      return new FileAttribute<?>[0];
    }
    AclEntry owner =
        AclEntry.newBuilder()
            .setType(AclEntryType.ALLOW)
            .setPrincipal(
                files
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByName(System.getProperty("user.name")))
            .setPermissions(EnumSet.allOf(AclEntryPermission.class))
            .setFlags(flags)
            .build();
    return new FileAttribute<?>[] {new Acl(List.of(owner))};
  }

  private record Acl(List<AclEntry> value) implements FileAttribute<List<AclEntry>> {
    @Override
    public String name() {
      return "acl:acl";
    }
  }
}
