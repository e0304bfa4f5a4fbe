import type { Answer, Question } from '../steps/kind.ts';

/** Why an answer does not fit its question, as a sentence for the operator; undefined where it fits. */
export function refuseAnswer(question: Question, answer: Answer): string | undefined {
  switch (question.is) {
    case 'confirm':
      return answer.is === 'confirmed' || answer.is === 'declined' ? undefined : 'This is answered by Enter or Esc.';
    case 'typed':
      if (answer.is === 'declined') return undefined;
      if (answer.is !== 'typed') return `Type ${question.expected}.`;
      return answer.text === question.expected ? undefined : `That is not ${question.expected}; nothing was done.`;
    case 'choose': {
      if (answer.is !== 'chosen') return 'Choose one of the ways.';
      const option = question.options.find(({ id }) => id === answer.option);
      if (!option) return `There is no way "${answer.option}" here.`;
      return option.note && !answer.note?.trim() ? `"${option.label}" needs a note: say why.` : undefined;
    }
    case 'review': {
      if (answer.is === 'rejected') return undefined;
      if (answer.is !== 'approved') return 'A review is approved or rejected.';
      if (answer.hash !== question.hash) return 'This is not the change set that is waiting. Read it again.';
      const missing = question.mustType.find((id) => !answer.typed.includes(id));
      return missing ? `Type ${missing} to approve what happens to it.` : undefined;
    }
    case 'sign':
      return answer.is === 'signed' && answer.note.trim() ? undefined : 'A signature needs a note: say how you know.';
    case 'type':
      return answer.is === 'text' && answer.text !== undefined ? undefined : 'Type the answer.';
  }
}
