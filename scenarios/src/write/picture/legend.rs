//! The legend: colors, widths, letters, and a scale bar.

use super::frame::Frame;
use super::roads::Drawn;
use super::{INK, MARGIN_PX, PALE_INK, SCALE, SPEED_SHARES, WIDTH_PX, junctions, line, text};

/// Draws the legend below the map.
pub(super) fn draw(out: &mut String, frame: &Frame, drawn: &Drawn, top_px: f64, has_letters: bool) {
    let top_px = top_px + 26.0;
    line(
        out,
        &format!(
            "<rect y=\"{:.0}\" width=\"{WIDTH_PX:.0}\" height=\"120\" fill=\"#fbfaf7\" fill-opacity=\"0.94\"/>\
         <path d=\"M{MARGIN_PX:.0} {0:.0}H{1:.0}\" stroke=\"#d5d9da\" stroke-width=\"1\"/>",
            top_px - 12.0,
            WIDTH_PX - MARGIN_PX
        ),
    );
    speeds(out, [MARGIN_PX, top_px + 12.0]);
    flows(out, drawn, [MARGIN_PX + 505.0, top_px + 12.0]);
    if has_letters {
        letters(out, [MARGIN_PX + 790.0, top_px + 12.0]);
    }
    scale_bar(out, frame, [WIDTH_PX - MARGIN_PX, top_px + 12.0]);
}

fn small(anchor: &str) -> String {
    format!("font-size=\"11.5\" fill=\"{PALE_INK}\" text-anchor=\"{anchor}\"")
}

fn title(out: &mut String, at: [f64; 2], words: &str) {
    text(out, at, &format!("font-size=\"12.5\" font-weight=\"bold\" fill=\"{INK}\""), words);
}

fn speeds(out: &mut String, [x, y]: [f64; 2]) {
    title(out, [x, y], "Mean speed, share of the limit");
    let (width, gap) = (62.0, 3.0);
    for (class, color) in SCALE.iter().enumerate() {
        let left = x + class as f64 * (width + gap);
        line(
            out,
            &format!(
                "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width}\" height=\"12\" rx=\"2\" fill=\"{color}\"/>",
                y + 12.0
            ),
        );
        let percent = |share: f64| (100.0 * share).round();
        let words = match class {
            0 => format!("≥ {} %", percent(SPEED_SHARES[0])),
            5 => format!("< {} %", percent(SPEED_SHARES[4])),
            _ => format!("{}–{}", percent(SPEED_SHARES[class]), percent(SPEED_SHARES[class - 1])),
        };
        text(out, [left + width / 2.0, y + 40.0], &small("middle"), &words);
    }
    let left = x + 6.0 * (width + gap) + 6.0;
    line(out, &format!("<path d=\"M{left:.1} {0:.1}h36\" stroke=\"#c4cbd0\" stroke-width=\"1.5\"/>", y + 18.0));
    text(out, [left + 18.0, y + 40.0], &small("middle"), "empty");
}

fn flows(out: &mut String, drawn: &Drawn, [x, y]: [f64; 2]) {
    title(out, [x, y], "Flow, vehicles per hour");
    for (index, share) in [0.1, 0.5, 1.0].into_iter().enumerate() {
        let flow_vph = share * drawn.flow_vph_max;
        let left = x + index as f64 * 76.0;
        let width_px = drawn.width_px(flow_vph);
        line(
            out,
            &format!(
                "<path d=\"M{left:.1} {0:.1}h60\" stroke=\"{PALE_INK}\" stroke-width=\"{width_px:.1}\"/>",
                y + 18.0
            ),
        );
        text(out, [left + 30.0, y + 40.0], &small("middle"), &format!("{flow_vph:.0}"));
    }
}

fn letters(out: &mut String, [x, y]: [f64; 2]) {
    title(out, [x, y], "Signals: level of service (HCM)");
    line(out, "<g font-weight=\"bold\" text-anchor=\"middle\">");
    let limits = ["≤ 10 s", "20", "35", "55", "80", "> 80 s"];
    for (index, letter) in ('A'..='F').enumerate() {
        junctions::draw_one(out, [x + 12.0 + index as f64 * 42.0, y + 18.0], 8.5, Some(letter));
    }
    line(out, "</g>");
    for (index, words) in limits.into_iter().enumerate() {
        text(out, [x + 12.0 + index as f64 * 42.0, y + 40.0], &small("middle"), words);
    }
}

fn scale_bar(out: &mut String, frame: &Frame, [right, y]: [f64; 2]) {
    let lengths_m = [10_000.0, 5000.0, 2000.0, 1000.0, 500.0, 200.0, 100.0, 50.0, 20.0, 10.0];
    let length_m = lengths_m.into_iter().find(|length_m| length_m * frame.px_per_m <= 170.0).unwrap_or(10.0);
    let width_px = length_m * frame.px_per_m;
    let left = right - width_px;
    line(
        out,
        &format!(
            "<path d=\"M{left:.1} {0:.1}v6h{width_px:.1}v-6\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.5\"/>",
            y + 14.0
        ),
    );
    let words = if length_m >= 1000.0 { format!("{} km", length_m / 1000.0) } else { format!("{length_m} m") };
    text(out, [left + width_px / 2.0, y + 40.0], &small("middle"), &words);
    text(
        out,
        [right, y],
        &format!("font-size=\"12.5\" font-weight=\"bold\" fill=\"{INK}\" text-anchor=\"end\""),
        "N ↑",
    );
}
