/** The contract says something that the generators cannot or must not turn into code. */
export class GenerateError extends Error {
  constructor(where, what) {
    super(`${where}: ${what}`);
    this.name = 'GenerateError';
  }
}
