export interface Api {
  add(a: number b: number): Promise<number>;
}
