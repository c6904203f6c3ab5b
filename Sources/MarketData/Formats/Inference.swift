/// Something that a file does not say and that was concluded from what is in it.
package struct Inference: Sendable, Equatable {
    /// What was concluded: `zone`, `stampSide`, `interval`, `separator`.
    package let name: String
    /// What it was taken as, in the spelling of a dataset descriptor.
    package let value: String
    /// What speaks for it, in one sentence.
    package let evidence: String
    /// From 0, a bare assumption, to 1, no other reading is possible.
    package let confidence: Double

    /// A conclusion as given.
    package init(_ name: String, _ value: String, evidence: String, confidence: Double) {
        (self.name, self.value, self.evidence, self.confidence) = (name, value, evidence, confidence)
    }
}
