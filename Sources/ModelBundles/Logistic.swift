import Foundation

/// The logistic function and the softmax of three, in double precision.
enum Logistic {
    static func probability(_ logit: Float) -> Double { 1 / (1 + exp(-Double(logit))) }

    static func probabilities(_ logits: UnsafePointer<Float>) -> (Double, Double, Double) {
        let largest = Double(max(logits[0], logits[1], logits[2]))
        let a = exp(Double(logits[0]) - largest), b = exp(Double(logits[1]) - largest),
            c = exp(Double(logits[2]) - largest)
        let sum = a + b + c
        return (a / sum, b / sum, c / sum)
    }
}
