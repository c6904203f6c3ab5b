import Basics
package import Features
package import MarketData
import NeuralNetworks
import Tensors

/// A model ready to predict one window at a time: weights packed, memory planned, nothing allocated per prediction.
///
/// Not thread-safe; the live loop owns it.
package final class StreamingModel {
    /// What the model is.
    package let spec: ModelSpec
    private let parameters: FloatBuffer
    private let packed: FloatBuffer
    private let arena: NetworkArena

    /// Packs the weights once; predictions allocate nothing.
    package init(_ model: ModelFile) {
        spec = model.spec
        parameters = model.parameters
        packed = FloatBuffer(count: model.network.packedCount)
        model.network.pack(parameters, into: packed)
        arena = NetworkArena(model.network, batch: 1, isTraining: false)
    }

    /// Where the caller puts one window of scaled rows, `[T][F]`, oldest first.
    package var input: UnsafeMutablePointer<Float> { arena.input }

    /// The first raw output for the window in ``input``.
    package func run() -> Float { withOutput { $0[0] } }

    /// The score for the window in ``input``.
    package func score() -> Double { withOutput { spec.score($0) } }

    private func withOutput<T>(_ body: (UnsafePointer<Float>) -> T) -> T {
        ParallelRegion.flushingSubnormals {
            arena.forward(batch: 1, parameters: parameters, packed: packed)
            return body(UnsafePointer(arena.output))
        }
    }
}

/// The live half of the feature path for one instrument: bars in, windows out.
package struct WindowStream: Sendable {
    private var features: FeatureStream
    private let scaler: Scaler
    private let window: Int
    private let width: Int
    /// Twice the window, so that the newest `window` rows are always one contiguous block.
    private let rows: FloatBuffer
    private var count = 0
    private var segment: Int32 = .min

    /// - Parameter actions: of the instrument, where the model's market adjusts.
    /// - Throws: as ``FeatureStream/init(spec:market:priceDecimals:volumeDecimals:actions:)``.
    package init(
        spec: ModelSpec, priceDecimals: Int, volumeDecimals: Int, actions: CorporateActionTable? = nil
    ) throws {
        features = try FeatureStream(
            spec: spec.features, market: spec.market, priceDecimals: priceDecimals, volumeDecimals: volumeDecimals,
            actions: actions)
        scaler = spec.scaler
        window = spec.window
        width = spec.features.width
        rows = FloatBuffer(count: (2 * window + 1) * width)
    }

    /// - Throws: as ``FeatureStream/requireKnown()``: once a bar could not be placed, what follows is not what the
    ///   model was trained on.
    package func requireKnown() throws { try features.requireKnown() }

    /// Takes one bar.
    ///
    /// - Parameter raw: if given, receives the unscaled feature row, for checks.
    /// - Returns: the newest window, `[T][F]`, or nil while the segment is too young.
    package mutating func push(_ bar: Bar, raw: UnsafeMutablePointer<Float>? = nil) -> (
        window: UnsafePointer<Float>?, row: FeatureStream.Row
    ) {
        let scratch = rows.pointer + 2 * window * width
        let outcome = features.push(bar, into: scratch)
        guard outcome == .ready else { return (nil, outcome) }
        raw?.update(from: scratch, count: width)
        if features.segment != segment {
            segment = features.segment
            count = 0
        }
        scaler.apply(scratch)
        // Each row is written twice, a window apart; a read of `window` rows then never wraps.
        let slot = count % window
        (rows.pointer + slot * width).update(from: scratch, count: width)
        (rows.pointer + (slot + window) * width).update(from: scratch, count: width)
        count += 1
        guard count >= window else { return (nil, outcome) }
        return (UnsafePointer(rows.pointer + (slot + 1) * width), outcome)
    }
}
