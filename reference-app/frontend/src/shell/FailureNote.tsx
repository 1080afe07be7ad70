import { type ReactNode, useEffect, useState } from "react";
import type { Failure } from "../http/failure.ts";
import { useSpeech, type Words } from "../words/words.ts";

/** Return what a failure means to a person. */
export function failureText(failure: Failure, words: Words): string {
  const { failures } = words;
  if (failure.kind === "busy") return failures.busy(words.seconds(failure.retryAfterS));
  if (failure.kind === "failed" && failure.requestId !== null) {
    return failures.failedWith(failure.requestId);
  }
  return failures[failure.kind];
}

/** Return the seconds until a retry is welcome, counted down from when it is first shown. */
function useCountdown(failure: Failure): number {
  const [passed, setPassed] = useState(0);
  const wait = failure.kind === "busy" ? failure.retryAfterS : 0;
  useEffect(() => {
    if (wait === 0) return;
    const timer = setInterval(() => setPassed((seconds) => seconds + 1), 1000);
    return () => clearInterval(timer);
  }, [wait]);
  return Math.max(0, wait - passed);
}

interface Props {
  failure: Failure;
  /** Said instead of the failure's own text. */
  text?: string;
  onRetry?: () => void;
  children?: ReactNode;
}

/** What went wrong, where it went wrong, and a way on. */
export function FailureNote({ failure, text, onRetry, children }: Props) {
  const { words } = useSpeech();
  const left = useCountdown(failure);
  return (
    <div className="note bad" role="alert">
      <p>{text ?? failureText(failure, words)}</p>
      <div className="choices">
        {onRetry && (
          <button type="button" onClick={onRetry} disabled={left > 0}>
            {left > 0 ? words.retryIn(words.seconds(left)) : words.retry}
          </button>
        )}
        {children}
      </div>
    </div>
  );
}
