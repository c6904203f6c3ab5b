import Basics
import Foundation

/// A question whose answer does not appear on the screen.
enum SecretPrompt {
    /// How the terminal was before the question: what a signal puts back. Written before anything listens.
    nonisolated(unsafe) private static var before = termios()

    /// Nil without a terminal.
    static func ask(_ text: String) -> String? {
        var shown = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &shown) == 0 else { return nil }
        before = shown
        let listening = listen()
        defer { for (number, action) in listening { restore(number, action) } }
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

    /// Whoever ends the question by Ctrl-C would type unseen from then on. Signals that are ignored stay so.
    ///
    /// - Returns: what was done about each signal before.
    private static func listen() -> [(number: Int32, action: sigaction)] {
        [SIGINT, SIGTERM, SIGHUP, SIGQUIT].compactMap { number in
            var old = sigaction(), own = sigaction()
            sigaction(number, nil, &old)
            let handler = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self)
            guard handler != unsafeBitCast(SIG_IGN, to: Int.self) else { return nil }
            own.__sigaction_handler.sa_handler = { number in
                tcsetattr(STDIN_FILENO, TCSANOW, &SecretPrompt.before)
                _exit(128 + number)
            }
            return sigaction(number, &own, nil) == 0 ? (number, old) : nil
        }
    }

    private static func restore(_ number: Int32, _ action: sigaction) {
        var action = action
        sigaction(number, &action, nil)
    }
}
