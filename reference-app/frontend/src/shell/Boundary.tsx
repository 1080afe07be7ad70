import { Component, type ReactNode } from "react";
import { type Speech, SpeechContext } from "../words/words.ts";

interface Props {
  children: ReactNode;
  onError(error: unknown): void;
}

/** Stands in for a page that failed while it was drawn. */
export class Boundary extends Component<Props, { hasFailed: boolean }> {
  static override contextType = SpeechContext;
  declare context: Speech;
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown) {
    this.props.onError(error);
  }

  override render() {
    return this.state.hasFailed ? <Crash /> : this.props.children;
  }
}

/** A page without a page: what happened, and how to go on. */
export function Crash({ text }: { text?: string }) {
  return (
    <SpeechContext.Consumer>
      {({ words }) => (
        <main id="main" className="entrance">
          <div role="alert">
            <h1>{text ?? words.crash.heading}</h1>
            <p className="lead">{words.crash.lead}</p>
          </div>
          <div className="choices">
            <button type="button" className="primary" onClick={() => location.reload()}>
              {words.crash.reload}
            </button>
          </div>
        </main>
      )}
    </SpeechContext.Consumer>
  );
}
