import Basics
import Foundation

/// A question whose answer does not appear on the screen.
enum SecretPrompt {
    /// Nil without a terminal.
    static func ask(_ text: String) -> String? {
        var shown = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &shown) == 0 else { return nil }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0 else { return nil }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            StandardStream.say("\n")
        }
        StandardStream.say(text)
        return readLine()
    }
}
