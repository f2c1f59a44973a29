import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Result, ok, refused } from '../../values/result.js';
import type { PasswordLookup } from './desired-state.js';
import { LARGEST_FILE, type SourceFile } from './yaml-file.js';

/** A password has eight octets; this leaves room to notice that the wrong file was named. */
const LARGEST_PASSWORD_FILE = 4096;

/**
 * The file's content, up to one octet more than a configuration may have. Refused with a sentence when it is missing, a
 * directory, or may not be read. A pipe is read to its end, e.g. the shell's `<(…)`; only where `pipes` are welcome.
 */
export function readSourceFile(path: string, pipes: 'refusePipes' | 'readPipes'): Result<SourceFile, string> {
  const read = readLimited(path, LARGEST_FILE + 1, pipes === 'readPipes');
  return read.ok ? ok({ name: path, bytes: read.value }) : read;
}

/** Reads password files from disk; relative paths start where the configuration file is. */
export const passwordFromDisk: PasswordLookup = (passwordFile, configurationFile) => {
  const read = readLimited(passwordPath(passwordFile, configurationFile), LARGEST_PASSWORD_FILE, false);
  if (!read.ok) return read;
  return ok(read.value.toString('utf8').replace(/\r?\n$/, ''));
};

export const passwordPath = (passwordFile: string, configurationFile: string): string =>
  resolve(dirname(configurationFile), passwordFile);

/*
 * Synchronous on purpose: the files are small and local, nothing urgent runs in this process, and what is read is one
 * moment's state.
 */
function readLimited(path: string, limit: number, pipes: boolean): Result<Buffer, string> {
  let file: number | null = null;
  try {
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    file = openSync(path, constants.O_RDONLY | (pipes ? 0 : constants.O_NONBLOCK));
    const stats = fstatSync(file);
    if (stats.isDirectory()) return refused('is a directory; name the files in it');
    if (!stats.isFile() && !pipes) return refused('is not a regular file');
    return ok(readAll(file, limit));
  } catch (error) {
    return refused(inWords(error));
  } finally {
    if (file !== null) closeSync(file);
  }
}

function readAll(file: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  let left = limit;
  while (left > 0) {
    const chunk = Buffer.allocUnsafe(Math.min(left, 65_536));
    const length = readSync(file, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    left -= length;
  }
  return Buffer.concat(chunks);
}

/** What a failed system call means to the person who named the file. */
export function inWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read by this user',
    EPERM: 'may not be read by this user',
    ENOTDIR: 'has a path that leads through a file',
    ELOOP: 'is a symbolic link that leads in a circle',
    ENAMETOOLONG: 'has a path that is too long',
  };
  return known[code] ?? `cannot be read: ${code}`;
}
