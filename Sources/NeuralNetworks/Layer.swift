package import Basics
package import Tensors

/// The shape of one sample: T time steps of W columns of C channels, stored `[T][W][C]`. A series has W = 1, a flat
/// vector T = W = 1.
package struct SampleShape: Sendable, Equatable, CustomStringConvertible {
    /// Steps.
    package let time: Int
    /// Columns of an image, such as the price levels of a book; 1 elsewhere.
    package let width: Int
    /// Values of one position.
    package let channels: Int

    /// A shape; an image has a width above 1.
    package init(time: Int, width: Int = 1, channels: Int) {
        self.time = time
        self.width = width
        self.channels = channels
    }

    /// Values of one sample.
    package var count: Int { time * width * channels }
    /// Vectors of channels.
    package var rows: Int { time * width }
    /// `T×C`, or `T×W×C` of an image.
    package var description: String { width == 1 ? "\(time)×\(channels)" : "\(time)×\(width)×\(channels)" }
}

/// One array of weights: its name, shape, and how it starts.
package struct ParameterSpec: Sendable, Equatable {
    /// How an array is drawn before the first step.
    package enum Start: Sendable, Equatable {
        /// Uniform in ±bound.
        case uniform(bound: Float)
        /// Normal around zero.
        case normal(deviation: Float)
        case constant(Float)
        /// Rows of length `columns` that are orthogonal when read as columns: the transposed matrix has orthonormal
        /// rows.
        case orthogonal(columns: Int)
        /// Zero, but one in a range.
        case ones(Range<Int>)
    }

    /// A family of starts, as frameworks have them by default.
    package enum Family: String, CaseIterable, Sendable {
        /// Uniform in ±1/√fan-in, biases too.
        case torch
        /// Glorot uniform, biases zero; recurrent weights orthogonal, forget gates open. Deep networks without
        /// normalisation need it: under `torch` the signal of DeepLOB's seventeen layers dies out.
        case keras

        func weights(fanIn: Int, fanOut: Int) -> Start {
            .uniform(bound: self == .torch ? 1 / Float(fanIn).squareRoot() : (6 / Float(fanIn + fanOut)).squareRoot())
        }

        func bias(fanIn: Int) -> Start {
            self == .torch ? .uniform(bound: 1 / Float(fanIn).squareRoot()) : .constant(0)
        }
    }

    /// Its name behind the node's, such as `weight`: PyTorch's.
    package let name: String
    /// Axes, the slowest first.
    package let shape: [Int]
    /// How it is drawn.
    package let start: Start
    /// False for running statistics, which no gradient moves.
    package let isTrained: Bool

    /// An array of `shape` that starts as `start` says.
    package init(_ name: String, _ shape: [Int], _ start: Start, isTrained: Bool = true) {
        self.name = name
        self.shape = shape
        self.start = start
        self.isTrained = isTrained
    }

    /// Values.
    package var count: Int { shape.reduce(1, *) }
}

/// What a layer may touch during one pass over one gradient shard.
package struct LayerContext {
    /// The layer's weights, in the order of ``Layer/parameters``.
    package let parameters: UnsafePointer<Float>
    /// What ``Layer/pack(parameters:into:)`` prepared for this step; shared by all shards.
    package let packed: UnsafePointer<Float>
    /// The layer's own memory in this shard; kept from forward to backward.
    package let workspace: UnsafeMutablePointer<Float>
    /// Memory of the shard that any layer may overwrite.
    package let scratch: UnsafeMutablePointer<Float>
    /// Whether dropout draws and batch norm looks at the batch.
    package let isTraining: Bool
    /// Key of this step and layer for counter-based random draws.
    package let key: UInt64
    /// Position of the shard's first sample in the whole batch.
    package let firstSample: Int
    /// What computes matrix products.
    package let kernels: ProductKernels
}

/// A differentiable map from samples to samples, with a hand-written gradient.
///
/// A layer is an immutable value that knows its shapes; its weights, gradients and memory are ranges of buffers planned
/// once by ``Network``. Activations are `[B][T][W][C]`, dense. `forward` and `backward` allocate nothing and depend on
/// nothing but their arguments, so the thread that runs them does not matter.
package protocol Layer: Sendable {
    /// The configuration key, such as `conv1d`.
    static var kind: String { get }
    /// The options that a configuration of this kind may have, besides `layer`, `name` and `from`.
    static var keys: [String] { get }

    /// Builds the layer from its options.
    ///
    /// - Parameter input: the shape of what it reads.
    /// - Throws: ``ConfigError`` that names the option, or both shapes where the input does not fit.
    init(_ reader: ConfigReader, input: SampleShape) throws

    /// Shape of one sample in, and out.
    var input: SampleShape { get }
    /// Shape of one sample out.
    var output: SampleShape { get }
    /// Its weights, in the order in which they lie in the buffers.
    var parameters: [ParameterSpec] { get }
    /// Floats of ``LayerContext/packed``.
    var packedCount: Int { get }
    /// Floats of ``LayerContext/workspace`` for a batch.
    func workspaceCount(batch: Int) -> Int
    /// Floats of ``LayerContext/scratch`` for a batch.
    func scratchCount(batch: Int) -> Int
    /// Multiply-adds of one sample forward.
    var multiplyAdds: Int { get }

    /// Lays out weights for the kernels; called once per step, before the shards run.
    func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>)
    /// Computes `y` of `x` for a batch; what `backward` needs it leaves in the workspace of the context.
    func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext)
    /// Adds the weight gradients of this shard to `gradients` and writes the input gradient to `dx`, if it is wanted.
    ///
    /// Runs after `forward` on the same buffers. `dy` may be overwritten.
    func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext)
    /// This layer with an activation applied to its output, if it can compute both at once and needs only y to go back.
    func fused(with function: Activation.Function) -> (any Layer)?
    /// True when the output is the input's memory under another shape.
    var isView: Bool { get }
    /// True when `dx` may be the memory of `dy`: every value of `dy` is read before that place of `dx` is written.
    var sharesGradient: Bool { get }
    /// Moves weights back into their domain after an optimizer step.
    func constrain(parameters: UnsafeMutablePointer<Float>)
    /// Moves untrained parameters (running statistics) from what a shard saw; called for every shard in order.
    func updateStatistics(parameters: UnsafeMutablePointer<Float>, statistics: UnsafePointer<Float>)
    /// Floats at the start of the workspace that ``updateStatistics(parameters:statistics:)`` needs.
    var statisticsCount: Int { get }
}

extension Layer {
    package var parameters: [ParameterSpec] { [] }
    package var packedCount: Int { 0 }
    package func workspaceCount(batch: Int) -> Int { 0 }
    package func scratchCount(batch: Int) -> Int { 0 }
    package var multiplyAdds: Int { 0 }
    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {}
    package func updateStatistics(parameters: UnsafeMutablePointer<Float>, statistics: UnsafePointer<Float>) {}
    package var statisticsCount: Int { 0 }

    package func fused(with function: Activation.Function) -> (any Layer)? { nil }
    package var isView: Bool { false }
    package var sharesGradient: Bool { false }
    package func constrain(parameters: UnsafeMutablePointer<Float>) {}

    /// Floats of all parameters.
    package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
}
