/// The person at the other end of a command, where there is one.
package struct Conversation: Sendable {
    /// Shows a line, such as a warning.
    package let say: @Sendable (String) -> Void
    /// Shows a text and reads a line without showing it; nil where nobody can be asked.
    package let askSecret: (@Sendable (String) -> String?)?

    /// With nobody: nothing is said, nothing can be asked.
    package init(
        say: @escaping @Sendable (String) -> Void = { _ in }, askSecret: (@Sendable (String) -> String?)? = nil
    ) {
        (self.say, self.askSecret) = (say, askSecret)
    }
}
