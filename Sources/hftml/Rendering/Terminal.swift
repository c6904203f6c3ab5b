import Basics
import Documents
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

    func paint(_ text: String, _ color: TextStyle.Color) -> String { style.paint(text, color) }

    /// For conversation on stderr.
    var style: TextStyle { TextStyle(width: Terminal.width(of: STDERR_FILENO), hasColor: hasColor) }
    /// For the product on stdout: columns where it is a terminal, no colour.
    var productStyle: TextStyle { TextStyle(width: Terminal.width(of: STDOUT_FILENO)) }

    /// Columns of the terminal behind a descriptor; nil where it is none.
    static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
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
