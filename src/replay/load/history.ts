import type { ChatBody, Message } from '../../workload/request.ts';

/**
 * A session with one target in which the candidate hears its own earlier answers instead of the
 * recorded ones. Used for load only: quality is judged on the recorded history.
 */
export interface OwnHistory {
  /** `body` with the target's own answers in the places of the recorded ones. */
  retell(body: ChatBody): ChatBody;
  /** Notes what was answered to `body` (as recorded, not as retold). */
  note(body: ChatBody, answer: string): void;
}

export function createOwnHistory(): OwnHistory {
  /** Own answers by their place in the conversation. */
  const answers = new Map<number, string>();
  return {
    retell(body) {
      if (answers.size === 0) return body;
      const messages = body.messages.map((message, place): Message => {
        const own = answers.get(place);
        return own === undefined || message.role !== 'assistant'
          ? message
          : { ...message, content: own };
      });
      return { ...body, messages };
    },
    note(body, answer) {
      // The answer stands after all that was sent.
      answers.set(body.messages.length, answer);
    },
  };
}
