import Foundation

/// The logistic function in double precision.
enum Logistic {
    static func probability(_ logit: Float) -> Double { 1 / (1 + exp(-Double(logit))) }
}
