import { useEffect, useState } from "react";
import { useApp } from "./app.ts";

const EVERY_MS = 30_000;

/** Return the time, renewed often enough for minutes. */
export function useNow(): Date {
  const { now } = useApp();
  const [time, setTime] = useState(now);
  useEffect(() => {
    const tick = () => setTime(now());
    const timer = setInterval(tick, EVERY_MS);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [now]);
  return time;
}
