package io.github.certflux.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class FileStoreTest implements AcmeStoreContract {

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<AcmeStore> opened = new ArrayList<>();

  @TempDir private Path directory;

  @Override
  public AcmeStore open() {
    return kept(FileStore.builder(directory).blocking(Schedulers.immediate()).timer(time).build());
  }

  @Override
  public AcmeStore openThreaded() {
    return kept(FileStore.at(directory));
  }

  @Override
  public void pass(Duration duration) {
    time.advanceTimeBy(duration);
  }

  private AcmeStore kept(AcmeStore store) {
    opened.add(store);
    return store;
  }

  @AfterEach
  void closeAll() {
    opened.forEach(store -> store.disposeLater().block(PATIENCE));
  }
}
