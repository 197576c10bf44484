package io.github.certflux.simulation;

import java.util.AbstractList;
import java.util.List;

/** Where what happens is written down, line by line. */
final class Trace extends AbstractList<String> {
  /** Nowhere. */
  static final List<String> NONE = List.of();

  @Override
  public boolean add(String line) {
    System.out.println(line);
    return true;
  }

  @Override
  public String get(int index) {
    throw new IndexOutOfBoundsException(index);
  }

  @Override
  public int size() {
    return 0;
  }
}
