package io.github.certflux.spring;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/**
 * The application's event loops as they are now: a context that was stopped and started again has
 * others.
 *
 * @param resources the application's
 */
record CurrentLoops(ReactorResourceFactory resources) implements LoopResources {

  private LoopResources now() {
    return resources.getLoopResources();
  }

  @Override
  public boolean daemon() {
    return now().daemon();
  }

  @Override
  public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
    return now().onChannel(type, group);
  }

  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(
      Class<C> type, EventLoopGroup group) {
    return now().onChannelClass(type, group);
  }

  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return now().onClient(useNative);
  }

  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return now().onServer(useNative);
  }

  @Override
  public EventLoopGroup onServerSelect(boolean useNative) {
    return now().onServerSelect(useNative);
  }
}
