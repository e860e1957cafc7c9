/* What the part `doctor` says of its checks, in Chinese and English: where all is well, and where something is missing.
   The part `texts` carries them: this is the part whose loading the doctor tries. {page}, {error} … it fills in. */

/** @type {Record<string, string[]>} */
export const checks = {
  entry: ["银行的地址可用|The bank's address is usable",
    "entry 不是银行给的 https 地址，或属于另一个 partner|entry is not the bank's https address, or is another partner's"],
  secure_context: ["页面走 https|The page is https",
    "页面不走 https，框架里存不了 Cookie|The page is not https, so frames keep no cookies"],
  frame_src: ["策略允许嵌入银行和登录页|The policy allows our frames and the login page's",
    "页面的策略不让嵌入银行的页面或登录页|The page's policy blocks our frames or the login page's"],
  server: ["银行的服务器有回应|The bank's server answers",
    "银行的服务器没有回应|The bank's server does not answer"],
  isolation: ["页面可以嵌入别站|The page may frame other sites",
    "页面的 COEP 让浏览器不显示框架|The page's COEP keeps browsers from showing frames"],
  partner: ["银行认识这个 partner|The bank knows this partner",
    "银行没有这个 partner：{partner}|The bank has no partner {partner}"],
  frame_ancestors: ["银行允许本页嵌入|The bank lets this page frame it",
    "银行的配置里没有来源 {parent}|The bank's configuration does not have the origin {parent}"],
  login_page: ["登录不经过登录页|Logins need no login page", ""],
  cookies: ["框架里能存 Cookie|Frames keep cookies",
    "框架里存不了 Cookie，银行会改用整页打开|Frames keep no cookies: the whole window opens instead"],
  post_body: ["表单内容能送到|Forms arrive whole",
    "App 清空了表单的内容，办不成任何业务|The app empties forms, so nothing can be done"],
  bridge: ["authTicket 有回应|authTicket answers",
    "authTicket 5 秒内没有给出票据|authTicket gave no ticket within 5 s"],
  dialog: ["浏览器有 <dialog>|The browser has <dialog>",
    "浏览器没有 <dialog>，sheet 和 frame 会用整页打开|No <dialog>: sheet and frame open the whole window"],
  storage: ["页面能用存储|The page may store",
    "页面不能用存储，登录页可能需要它|The page may not store, which login pages often need"],
  version: ["SDK 是最新的|The SDK is the newest",
    "SDK 有新版本 {newest}|The SDK has a newer release, {newest}"],
};
/**
 * Why a state is not known, or missing, where its check says something else.
 *
 * @type {Record<string, string>}
 */
export const reasons = {
  open: "还不知道：先解决别的项|Not known yet: mend the others first",
  offline: "手机没有网络|The phone has no network",
  absent: "页面没有提供 authTicket，客户在贵方登录页登录|The page provides no authTicket: customers use your login page",
  refused: "authTicket 报错：{error}|authTicket reported an error: {error}",
  opaque: "页面在沙箱里，框架没有自己的来源|The page is sandboxed, so frames have no origin of their own",
  login: "登录页 {login} 也要允许本页嵌入，从这里看不到|{login} must let this page frame it too, which cannot be seen from here",
};
