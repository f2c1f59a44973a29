import { HostError } from '../../src/platform/errors.js';
import type { Libc } from '../../src/node-agent/sockets/libc.js';

/** A C library in which nothing works but what the test gives it. */
export function fakeLibc(working: Partial<Libc>): Libc {
  const missing = (operation: string) => (): never => {
    throw new HostError(operation, 'ENOSYS');
  };
  return {
    allocate: missing('allocate'),
    socket: missing('socket'),
    close: missing('close'),
    bind: missing('bind'),
    dropped: missing('dropped'),
    closeOnExec: missing('closeOnExec'),
    setOption: missing('setOption'),
    getOption: missing('getOption'),
    sendTo: missing('sendTo'),
    receiveMessage: missing('receiveMessage'),
    interfaceName: missing('interfaceName'),
    setScheduler: missing('setScheduler'),
    scheduler: missing('scheduler'),
    setNice: missing('setNice'),
    alarmAfter: missing('alarmAfter'),
    realTime: missing('realTime'),
    ...working,
  };
}
