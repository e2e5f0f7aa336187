/** For tests: a signal that tells how many listeners it has. */
export function countedSignal(): {
  controller: AbortController;
  signal: AbortSignal;
  listeners: { readonly size: number };
} {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Map<unknown, EventListener>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    const { once } = options as { once?: boolean };
    const counted: EventListener = (event) => {
      if (once) listeners.delete(listener);
      listener(event);
    };
    listeners.set(listener, counted);
    add(type, counted, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    const counted = listeners.get(listener);
    if (counted === undefined) return;
    listeners.delete(listener);
    remove(type, counted);
  };
  return { controller, signal, listeners };
}
