import Basics
import Foundation

/// What the terminals behind stdout and stderr can show.
struct Terminal: Sendable {
    /// Whether stderr is a person's terminal: progress bars and colour go there.
    let isInteractive: Bool
    let hasColor: Bool
    let isQuiet: Bool

    init(noColor: Bool, isQuiet: Bool) {
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" && environment["CI"] == nil
        hasColor = isInteractive && !noColor && (environment["NO_COLOR"] ?? "").isEmpty
        self.isQuiet = isQuiet
    }

    /// One line of conversation.
    func say(_ text: String) {
        guard !isQuiet else { return }
        clearLine()
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    func clearLine() {
        if isInteractive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    /// Replaces the progress line; nothing on a terminal that cannot.
    func showProgress(_ text: String) {
        guard isInteractive, !isQuiet else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    enum Color: String { case red = "31", green = "32", yellow = "33", dim = "2", bold = "1" }

    func paint(_ text: String, _ color: Color) -> String {
        hasColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    static func bar(_ fraction: Double, width: Int = 24) -> String {
        let eighths = Int((min(max(fraction, 0), 1) * Double(width * 8)).rounded())
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let text = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        return text + String(repeating: "·", count: max(0, width - text.count))
    }
}

/// Product output: stdout only.
func emit(_ text: String, terminator: String = "\n") { FileHandle.standardOutput.write(Data((text + terminator).utf8)) }
