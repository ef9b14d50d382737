export interface User {
  name: string;
}

export const limit = 3;
