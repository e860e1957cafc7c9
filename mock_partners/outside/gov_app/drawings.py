"""The SVG icons on the hosts' tiles and tabs."""

from __future__ import annotations

from partner_adapters.kit.pages.icons import drawings

icon = drawings(
    {
        "loan": '<path d="M5 11l9-6 9 6M7 11v10M14 11v10M21 11v10M4 24h20"/><path d="M14 8.2h.01"/>',
        "shield": '<path d="M14 3l9 3.5V13c0 6-4 10-9 12-5-2-9-6-9-12V6.5z"/><path d="M10 14l3 3 5.5-6"/>',
        "cross": '<rect x="4" y="5" width="20" height="18" rx="3"/><path d="M14 9.5v9M9.5 14h9"/>',
        "house": '<path d="M4 13l10-9 10 9M7 11v13h14V11M12 24v-7h4v7"/>',
        "bus": '<rect x="5" y="4" width="18" height="17" rx="3"/>'
        '<path d="M5 14h18M9 21v3M19 21v3M9.5 17.5h.01M18.5 17.5h.01"/>',
        "car": '<path d="M4 17l2.5-7h15L24 17v6H4zM4 17h20M8 20h.01M20 20h.01M6 23v2M22 23v2"/>',
        "clock": '<circle cx="14" cy="14" r="10.5"/><path d="M14 8v6.5l4 2.5"/>',
        "bill": '<path d="M7 3.5h14v21l-3.5-2-3.5 2-3.5-2-3.5 2zM11 9.5h6M11 14.5h6"/>',
        "deed": '<path d="M6 3.5h11l5 5v16H6zM17 3.5v5h5M10 14h8M10 19h8"/>',
        "book": '<path d="M14 7c-3-2.5-7-2.5-10-1.5v17c3-1 7-1 10 1.5'
        ' 3-2.5 7-2.5 10-1.5v-17c-3-1-7-1-10 1.5zM14 7v17"/>',
        "flag": '<path d="M7 25V4M7 5h14l-3.5 5 3.5 5H7"/>',
        "home": '<path d="M4 13l10-9 10 9M7 11v13h14V11"/>',
        "message": '<path d="M4 6h20v14H13l-5 4v-4H4zM9 11h10M9 15h6"/>',
        "person": '<circle cx="14" cy="10" r="5"/><path d="M4.5 25c1-6 4.5-8 9.5-8s8.5 2 9.5 8"/>',
    }
)
