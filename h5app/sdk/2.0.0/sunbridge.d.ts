/**
 * Open the bank's pages. Never throws: a mistake rejects `result`. While one opening has not ended, a second one's
 * `result` rejects with `already_open`.
 *
 * @param {OpenOptions} options
 * @returns {Handle}
 */
export function open(options: OpenOptions): Handle;
export function doctor(options?: DoctorOptions): Promise<Report>;
export function progress(element: Element, options: ProgressOptions): Handle;
/** What `import { Sunbridge }` and the classic script give. */
export const Sunbridge: Readonly<{
    version: string;
    EVENTS: readonly EventName[];
    open: typeof open;
    doctor: (options?: DoctorOptions) => Promise<Report>;
    progress: (element: Element, options: ProgressOptions) => Handle;
}>;
export type Lang = "zh" | "en";
export type Mode = "page" | "sheet" | "frame";
export type EventName = "ready" | "page" | "done" | "left" | "error" | "blocked" | "outdated";
export type Code = "load_failed" | "blocked_by_policy" | "timeout" | "refused" | "unknown_partner" | "wrong_option" | "session_expired" | "bank_away" | "login_failed" | "host_body_lost" | "already_open";
/**
 * What was wrong. `message` is a sentence for the customer, in your page's language. The rest is for your code, your
 * log and our support. `detail` says to a developer what mends it.
 */
export type SunbridgeError = Error & {
    name: "SunbridgeError";
    code: Code;
    reason: string;
    option?: string;
    messages: {
        zh: string;
        en: string;
    };
    detail: string;
    docs: string;
    request_id: string | null;
    cause?: unknown;
};
export type Done = {
    status: "done";
    reference: string;
};
export type Left = {
    status: "left";
};
export type Cancelled = {
    status: "cancelled";
    by: "customer" | "app";
};
export type Result = Done | Left | Cancelled;
/**
 * `sequence` counts the events of one opening from 1. Ignore events whose name you do not know.
 */
export type SunbridgeEvent = {
    name: EventName;
    sequence: number;
    title?: string;
    reference?: string;
    error?: SunbridgeError;
    newest?: string;
};
export type ShownOptions = {
    /**
     * your id at the bank, the first part of the path of `entry`
     */
    partner?: string | undefined;
    /**
     * "page" unless you say another
     */
    mode?: Mode | undefined;
    locale?: "en" | "zh-CN" | undefined;
    uiStyle?: "standard" | "elder" | "largest" | undefined;
    /**
     * "#rrggbb", the colour of the bar above our pages
     */
    theme?: string | undefined;
    onEvent?: ((event: SunbridgeEvent) => void) | undefined;
    signal?: AbortSignal | undefined;
    /**
     * 1000 to 9000 ms
     */
    loadTimeout?: number | undefined;
    /**
     * what our pages may ask of your app
     */
    provide?: Record<string, (args: any) => unknown> | undefined;
    /**
     * the name of the service, until a page of ours names itself
     */
    title?: string | undefined;
};
export type Address = string | URL;
/**
 * a launch's address, or what fetches one from your server
 */
export type LaunchUrl = Address | (() => Address | Promise<Address>);
/**
 * Either `entry`, the address that the bank gave you, or `launchUrl`.
 */
export type OpenOptions = ShownOptions & ({
    entry: Address;
    launchUrl?: undefined;
} | {
    entry?: undefined;
    launchUrl: LaunchUrl;
});
/**
 * `result` always settles. `close()` may be called at any time.
 */
export type Handle = {
    result: Promise<Result>;
    close(): void;
};
export type DoctorOptions = {
    partner?: string;
    entry?: Address;
    launchUrl?: LaunchUrl;
    provide?: ShownOptions["provide"];
};
export type Check = {
    check: string;
    state: "ok" | "missing" | "unknown";
    message: {
        zh: string;
        en: string;
    };
    line: string | null;
    where: {
        zh: string;
        en: string;
    } | null;
};
export type Report = {
    ok: boolean;
    version: string;
    origin: string;
    checks: Check[];
};
export type ProgressOptions = {
    /**
     * the address that your server got from ours
     */
    url: Address;
    locale?: "en" | "zh-CN" | undefined;
    uiStyle?: "standard" | "elder" | "largest" | undefined;
    onEvent?: ((event: SunbridgeEvent) => void) | undefined;
    signal?: AbortSignal | undefined;
};
declare global {
    /** The classic script sets it. */
    interface Window { Sunbridge: typeof Sunbridge; }
}
