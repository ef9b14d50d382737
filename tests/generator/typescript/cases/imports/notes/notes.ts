// A service in TypeScript that knows nothing of Python: interfaces and implementation in one file.
import { RpcTarget, type RpcStub } from "capnweb";

export interface Note {
  id: string;
  title: string;
  /** Left out of a note that was never edited. */
  editedAt?: Date;
  labels: string[];
  size: number;
}

export type NoteDraft = Pick<Note, "title"> & { labels?: string[] };

export type Change =
  | { kind: "created"; note: Note }
  | { kind: "removed"; id: string };

export enum Order {
  ByTitle = "title",
  BySize = "size",
}

/** The notes of one user. */
export class Notebook extends RpcTarget {
  #notes = new Map<string, Note>();
  private watchers: RpcStub<(change: Change) => void>[] = [];

  constructor(private readonly owner: string) {
    super();
  }

  get ownerName(): string {
    return this.owner;
  }

  /**
   * Adds a note.
   * @param draft what is in it
   * @returns the note as it was stored
   */
  async addNote(draft: NoteDraft): Promise<Note> {
    const id = `n${this.#notes.size + 1}`;
    const note: Note = { id, title: draft.title, labels: draft.labels ?? [], size: draft.title.length };
    this.#notes.set(id, note);
    await this.tell({ kind: "created", note });
    return note;
  }

  async renameNote(id: string, title: string): Promise<Note | undefined> {
    const note = this.#notes.get(id);
    if (!note) return undefined;
    const renamed = { ...note, title, editedAt: new Date("2024-12-31"), size: title.length };
    this.#notes.set(id, renamed);
    return renamed;
  }

  listNotes(options?: { orderBy?: Order; limit?: number }) {
    const order = options?.orderBy ?? Order.ByTitle;
    const notes = [...this.#notes.values()].sort((a, b) => (a[order] < b[order] ? -1 : 1));
    return notes.slice(0, options?.limit ?? notes.length);
  }

  removeNotes(...ids: string[]): number {
    return ids.filter((id) => this.#notes.delete(id)).length;
  }

  async onChange(listener: RpcStub<(change: Change) => void>): Promise<void> {
    this.watchers.push(listener.dup());
  }

  titles(): ReadableStream<string> {
    const notes = [...this.#notes.values()];
    return new ReadableStream({
      start(controller) {
        for (const note of notes) controller.enqueue(note.title);
        controller.close();
      },
    });
  }

  /** @deprecated use listNotes */
  async count(): Promise<bigint> {
    return BigInt(this.#notes.size);
  }

  byTitle(): Map<string, Note> {
    return new Map();
  }

  private async tell(change: Change): Promise<void> {
    for (const watcher of this.watchers) await watcher(change);
  }
}

export class Main extends RpcTarget {
  async open(owner: string): Promise<Notebook> {
    return new Notebook(owner);
  }

  async sizeOf(notebook: RpcStub<Notebook>, minimum: number | null = null): Promise<number> {
    const notes = await notebook.listNotes();
    return notes.filter((note) => note.size >= (minimum ?? 0)).length;
  }
}
