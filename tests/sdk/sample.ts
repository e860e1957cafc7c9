import { Sunbridge, open, type Handle, type OpenOptions, type Result, type SunbridgeError, type SunbridgeEvent } from "./sunbridge";

const opener = new AbortController();
const options: OpenOptions = {
  partner: "lyg",
  launchUrl: async () => (await (await fetch("/launch", { method: "POST" })).json()).url as string,
  mode: "sheet",
  locale: "zh-CN",
  uiStyle: "elder",
  theme: "#0b6e6e",
  signal: opener.signal,
  loadTimeout: 5000,
  provide: { authTicket: async () => "ticket" },
  onEvent: (event: SunbridgeEvent) => {
    if (event.name === "error") console.log(event.error?.code, event.sequence);
  },
};
// @ts-expect-error: there are three modes.
export const wrong: OpenOptions = { entry: "https://h5.bank.example/lyg/enter", mode: "popup" };

// @ts-expect-error: an address is missing.
export const nowhere: OpenOptions = { mode: "frame" };
// @ts-expect-error: there is one address.
export const twice: OpenOptions = { entry: "https://h5.bank.example/lyg/enter", launchUrl: () => "" };

function told(result: Result): string {
  switch (result.status) {
    case "done": return result.reference;
    case "left": return "left";
    case "cancelled": return result.by;
  }
}

export async function service(): Promise<string> {
  const handle: Handle = Sunbridge.open(options);
  try {
    return told(await handle.result);
  } catch (caught) {
    const error = caught as SunbridgeError;
    // @ts-expect-error: this is not one of the codes.
    if (error.code === "no_such_code") return "";
    console.warn(error.detail, error.cause, window.Sunbridge.version);
    return `${error.code} ${error.messages.zh} ${error.docs} ${error.request_id ?? ""}`;
  } finally {
    handle.close();
  }
}

export const version: string = Sunbridge.version;
export const checked = Sunbridge.doctor({ partner: "lyg" }).then((report) => report.checks.filter((check) => check.state === "missing"));
export const shown: Handle = Sunbridge.progress(document.body, { url: "https://h5.bank.example/lyg/progress" });
export const again: Handle = open({ entry: "https://h5.bank.example/lyg/enter" });
export const address: Handle = open({ launchUrl: async () => new URL("https://h5.bank.example/lyg/enter") });
