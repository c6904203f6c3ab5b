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
        let safe = Escaping.terminal(text, keepsLines: true, keepsColor: true)
        StandardStream.say(safe + "\n")
    }

    func clearLine() {
        if isInteractive { StandardStream.say("\r\u{1B}[K") }
    }

    /// Replaces the progress line; nothing on a terminal that cannot. What is wider than the screen is cut, since a
    /// line that wraps cannot be replaced.
    func showProgress(_ text: String) {
        guard isInteractive, !isQuiet else { return }
        let line = TextStyle.fitted(Escaping.terminal(text), Terminal.width(of: STDERR_FILENO))
        StandardStream.say("\r\u{1B}[K\(line)")
    }

    /// A progress line with a bar that leaves room for the words.
    func showProgress(_ label: String = "", _ fraction: Double, _ words: String) {
        let (before, after) = (label.isEmpty ? "" : label + " ", words.isEmpty ? "" : " " + words)
        let room = Terminal.width(of: STDERR_FILENO).map { $0 - 1 - DisplayWidth.columns(before + after) } ?? 24
        showProgress(before + TextBar.text(fraction, width: min(24, max(6, room))) + after)
    }

    func paint(_ text: String, _ color: TextStyle.Color) -> String { style.paint(text, color) }

    /// For conversation on stderr.
    var style: TextStyle { TextStyle(width: Terminal.width(of: STDERR_FILENO), hasColor: hasColor) }
    /// For the product on stdout: columns where it is a terminal, no colour. Elsewhere tables alone have a width.
    var productStyle: TextStyle {
        let width = Terminal.width(of: STDOUT_FILENO)
        return TextStyle(width: width, tableWidth: width ?? TextStyle.pipedTableWidth)
    }

    /// Columns of the terminal behind a descriptor; nil where it is none.
    static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    static func bar(_ fraction: Double, width: Int = 24) -> String { TextBar.text(fraction, width: width) }
}

extension Terminal {
    /// The text of a document on stdout; nothing where it has none.
    ///
    /// - Throws: ``StandardStream/WriteError``.
    func show(_ document: some Document) throws {
        let text = document.text(productStyle)
        // Whatever stands in names and files, it moves no cursor.
        if !text.isEmpty { try emit(Escaping.terminal(text, keepsLines: true)) }
    }
}

/// Product output: stdout only.
///
/// - Throws: ``StandardStream/WriteError``.
func emit(_ text: String) throws { try StandardStream.write(text + "\n") }
