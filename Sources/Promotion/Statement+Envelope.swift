import Basics
import ModelBundles

extension Statement {
    /// What an envelope says, whoever signed it: for lists and pages, which say beside it whether it counts.
    ///
    /// - Returns: nil for an envelope that holds no statement of a known kind.
    package init?(envelope: String) {
        guard let opened = try? Envelope(envelope), opened.payloadType == Statement.payloadType else { return nil }
        self.init(opened.payloadText)
    }
}
