import Basics

/// A bar of block characters, as wide as it is told whatever the share.
package enum TextBar {
    /// - Parameters:
    ///   - fraction: how much of it is full; below 0 and above 1 count as those.
    ///   - width: columns.
    package static func text(_ fraction: Double, width: Int = 24) -> String {
        let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let eighths = Int(saturating: (share * Double(width * 8)).rounded())
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let text = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        return text + String(repeating: "·", count: max(0, width - text.count))
    }
}
