/// What is applied to the outputs of a network when a model answers: other tools often have it as a last layer, here it
/// belongs to the loss.
package enum AnswerHead: Sendable {
    /// The outputs are the answers.
    case none
    /// One probability.
    case sigmoid
    /// Probabilities of classes.
    case softmax
}
