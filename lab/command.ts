import { spawn } from 'node:child_process';

/** Runs a program to its end and returns what it printed. Rejects, with its error output, when it fails. */
export function command(argv: readonly string[], input = ''): Promise<string> {
  const [program = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    // A program that ends without reading its input is judged by its exit status.
    child.stdin.on('error', () => undefined).end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${argv.join(' ')} ended with ${String(signal ?? code)}: ${errors || output}${input}`),
        );
    });
  });
}
