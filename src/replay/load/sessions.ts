import { createOwnHistory, type OwnHistory } from './history.ts';

/** Lets the turns of a session go one after the other, each hearing what was answered before. */
export interface Sessions {
  inTurn(session: string, run: (history: OwnHistory) => Promise<void>): Promise<void>;
}

interface Conversation {
  readonly history: OwnHistory;
  last: Promise<void>;
}

export function createSessions(): Sessions {
  const conversations = new Map<string, Conversation>();
  return {
    inTurn(session, run) {
      const conversation = conversations.get(session) ?? {
        history: createOwnHistory(),
        last: Promise.resolve(),
      };
      conversations.set(session, conversation);
      conversation.last = conversation.last.then(() => run(conversation.history));
      return conversation.last;
    },
  };
}
