import Basics

/// Directions of smoothed mids (Zhang, Zohren & Roberts 2019, arXiv:1808.03668; Ntakaris et al. 2018, arXiv:1705.03233;
/// Berti & Kasneci 2025, arXiv:2502.15757). With p the mid-price and k the horizon in events.
extension LabelKind {
    /// l = (mean(pₜ₊₁ … pₜ₊ₖ) − pₜ) / pₜ.
    package static let smoothedFuture = smoothed(
        "smoothed-future", "mean of the next k mids against the mid now",
        move: { label, mids, t in (mids.mean(t + 1...t + label.horizon) - mids[t]) / mids[t] })

    /// l = (m⁺ − m⁻) / m⁻, means of the next k and of the last k mids, t included in the last.
    package static let smoothedBoth = smoothed(
        "smoothed-both", "mean of the next k mids against the mean of the last k",
        past: { $0.horizon - 1 },
        move: { label, mids, t in
            let before = mids.mean(t - label.horizon + 1...t)
            return (mids.mean(t + 1...t + label.horizon) - before) / before
        })

    /// The same with means of `smoothing` mids that end at t + k and at t.
    package static let tlob = smoothed(
        "tlob", "mean of s mids that end k events ahead against the mean of the last s",
        past: { $0.smoothing - 1 },
        move: { label, mids, t in
            let past = label.smoothing - 1
            let before = mids.mean(t - past...t)
            return (mids.mean(t + label.horizon - past...t + label.horizon) - before) / before
        })

    /// A smoothed label has a threshold and a length of smoothing.
    private static func smoothed(
        _ name: String, _ summary: String, past: @escaping @Sendable (LabelSpec) -> Int = { _ in 0 },
        move: @escaping @Sendable (LabelSpec, MidPrices, Int) -> Double
    ) -> LabelKind {
        LabelKind(
            name, summary, classes: directions, keys: ["threshold", "smoothing"],
            read: { label, reader in
                label.threshold = try LabelSpec.Threshold(reader, "threshold")
                label.smoothing = try reader.int("smoothing", default: label.horizon, in: 1...label.horizon)
            },
            write: { [("threshold", $0.threshold.json), ("smoothing", .int($0.smoothing))] },
            past: past, move: move)
    }
}
