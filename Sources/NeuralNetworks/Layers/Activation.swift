package import Basics
import CKernels

/// An elementwise non-linearity. See `CKernels.h` for the formulas and their accuracy.
package struct Activation: Layer {
    /// The functions; their names stand in configurations.
    package enum Function: String, CaseIterable, Sendable {
        case relu
        /// x, or 0.01·x below zero.
        case leakyRelu = "leaky_relu"
        case sigmoid
        case tanh
        /// x·Φ(x) in its tanh form (Hendrycks & Gimpel 2016): the only one of configurations before `gelu_exact`.
        case gelu
        /// x·Φ(x) by the normal distribution function: the default of PyTorch and Keras.
        case geluExact = "gelu_exact"

        var kernel: Int32 {
            switch self {
            case .relu: Int32(CK_RELU)
            case .leakyRelu: Int32(CK_LEAKY_RELU)
            case .sigmoid: Int32(CK_SIGMOID)
            case .tanh: Int32(CK_TANH)
            case .gelu: Int32(CK_GELU)
            case .geluExact: Int32(CK_GELU_EXACT)
            }
        }

        /// Whether the slope follows from the output, so that the input need not be kept.
        var isInvertible: Bool { self != .gelu && self != .geluExact }
    }

    package static let kind = "activation"
    package static let keys = ["function"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// What is applied to every value.
    package let function: Function

    /// An activation of samples of that shape.
    package init(input: SampleShape, function: Function) {
        self.input = input
        self.function = function
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(input: input, function: try reader.choice("function"))
    }

    package var sharesGradient: Bool { true }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        ck_activate(function.kernel, batch * input.count, x, y)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { ck_activate_backward(function.kernel, batch * input.count, x, y, dy, dx) }
    }
}
