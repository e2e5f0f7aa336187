/** For tests: a signal that tells how many listeners it has. */
export function countedSignal(): {
  controller: AbortController;
  signal: AbortSignal;
  listeners: { readonly size: number };
} {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Map<unknown, { type: string; counted: EventListener }>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    const { once } = options as { once?: boolean };
    const counted: EventListener = (event) => {
      if (once) listeners.delete(listener);
      listener(event);
    };
    listeners.set(listener, { type, counted });
    add(type, counted, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    const known = listeners.get(listener);
    if (known?.type !== type) return;
    listeners.delete(listener);
    remove(type, known.counted);
  };
  return { controller, signal, listeners };
}
