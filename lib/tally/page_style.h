/* What a page looks like: light, dark, and on paper. */
#ifndef CAA_TALLY_PAGE_STYLE_H
#define CAA_TALLY_PAGE_STYLE_H

/* Nothing may come from elsewhere, and no script may run, whatever a log has put in. */
#define CAA_PAGE_HEAD                                                                          \
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"                      \
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "    \
    "'unsafe-inline'\">\n"                                                                     \
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"               \
    "<meta name=\"color-scheme\" content=\"light dark\">\n"

/* The colours of faults are Okabe and Ito's, which nobody needs to tell apart by hue alone. */
#define CAA_PAGE_STYLE                                                                         \
    ":root{--ground:#fff;--card:#f5f7fa;--ink:#16202c;--faint:#5a6675;--line:#dde3ea;"         \
    "--accent:#0060a0;--bar:#3d8fc9;--warm:#b03a00;--between:#b03a001f;--good:#00745a;"        \
    "--registry:#0072b2;--platform:#56b4e9;--resolver:#009e73;--subscriber:#d55e00;"           \
    "--policy:#cc79a7;--unknown:#8a94a0}"                                                      \
    "@media(prefers-color-scheme:dark){:root{--ground:#10161d;--card:#19222c;--ink:#e6ebf1;"   \
    "--faint:#9aa7b5;--line:#2c3947;--accent:#6cb8f0;--bar:#4b9fd8;--warm:#ff9563;"            \
    "--between:#ff956326;--good:#4fd0ad;--unknown:#76818d}}"                                   \
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);"         \
    "font:16px/1.55 system-ui,'Segoe UI','DejaVu Sans',sans-serif}"                            \
    "main{max-width:940px;margin:0 auto;padding:40px 24px 64px}"                               \
    "h1{font-size:30px;line-height:1.2;margin:0 0 12px;letter-spacing:-.01em}"                 \
    "h2{font-size:18px;margin:0 0 12px}section{margin:40px 0 0}"                               \
    "p{margin:0 0 8px;max-width:75ch}.lead{font-size:18px;color:var(--faint)}"                 \
    ".faint{color:var(--faint);font-size:14px}"                                                \
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;"   \
    "margin:24px 0 0}.card{background:var(--card);border-radius:10px;padding:14px 16px}"       \
    ".name{font-size:13px;color:var(--faint)}.figure{font-size:28px;font-weight:650;"          \
    "font-variant-numeric:tabular-nums;line-height:1.35}.note{font-size:13px;"                 \
    "color:var(--faint);min-height:1.5em;font-variant-numeric:tabular-nums}"                   \
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:15px;"          \
    "font-variant-numeric:tabular-nums}th,td{padding:7px 10px;text-align:right;"               \
    "border-bottom:1px solid var(--line);white-space:nowrap}thead th{font-weight:500;"         \
    "font-size:13px;color:var(--faint)}th:first-child{text-align:left;padding-left:0}"         \
    "tbody th{font-weight:600;white-space:normal;overflow-wrap:anywhere}"                      \
    ".faults "                                                                                 \
    "th{white-space:nowrap}td.words{text-align:left;white-space:normal}td.drawn{width:190px}"  \
    ".findings{list-style:none;margin:0 0 14px;padding:0}.findings li{display:flex;gap:12px;"  \
    "padding:9px 0;border-bottom:1px solid var(--line)}.badge{flex:none;width:72px;"           \
    "height:22px;font-size:12px;line-height:20px;text-align:center;border-radius:11px;"        \
    "border:1px solid currentColor;margin-top:2px}.sure{color:var(--ground);"                  \
    "background:var(--warm);border-color:var(--warm);font-weight:600}"                         \
    ".assumed{color:var(--warm)}.open{color:var(--faint)}"                                     \
    ".plot{display:block;width:100%;height:auto}.grid{stroke:var(--line);stroke-width:1;"      \
    "fill:none}.tick{font-size:12px;fill:var(--faint)}.bar{fill:var(--bar)}"                   \
    ".between{fill:var(--between)}.change{stroke:var(--warm);stroke-width:2;"                  \
    "stroke-dasharray:5 4}.mark{font-size:13px;fill:var(--warm);font-weight:600}"              \
    ".range{stroke:var(--accent);stroke-width:2;fill:none}.point{fill:var(--accent)}"          \
    ".shares{width:100%;height:28px;border-radius:6px;margin-bottom:10px;display:block}"       \
    ".key{width:11px;height:11px;margin-right:9px}.fault-registry{fill:var(--registry)}"       \
    ".fault-platform{fill:var(--platform)}.fault-resolver{fill:var(--resolver)}"               \
    ".fault-subscriber{fill:var(--subscriber)}.fault-policy{fill:var(--policy)}"               \
    ".fault-unknown{fill:var(--unknown)}"                                                      \
    "footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);"                \
    "font-size:13px;color:var(--faint)}"                                                       \
    "@media print{:root{--ground:#fff;--card:#f5f7fa;--ink:#000;--faint:#444;--line:#ccc;"     \
    "--warm:#b03a00;--accent:#0060a0}main{padding:0;max-width:none}section,.card,li,tr,svg"    \
    "{break-inside:avoid}body{font-size:12px;print-color-adjust:exact;"                        \
    "-webkit-print-color-adjust:exact}}"

#endif
