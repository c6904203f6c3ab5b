package import Basics
import CKernels
import Tensors

/// Self-attention over time (Vaswani et al. 2017, arXiv:1706.03762), equal to PyTorch's `nn.MultiheadAttention` with
/// query = key = value.
///
/// Every head h of width d = C / heads: softmax(Q·Kᵀ / √d)·V; then one dense layer over the joined heads. With `causal`
/// a step sees itself and the past only. Parameters as PyTorch names them.
package struct MultiHeadAttention: Layer {
    package static let kind = "attention"
    package static let keys = ["heads", "causal"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// Heads, a divisor of C.
    package let heads: Int
    /// Whether a step attends to itself and earlier ones only.
    package let isCausal: Bool

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        heads = try reader.int("heads", default: 1, in: 1...256)
        isCausal = try reader.bool("causal", default: false)
        guard input.channels % heads == 0 else {
            throw ConfigError(
                "found \(heads) heads at '\(reader.path)' for an input of shape \(input), "
                    + "expected a divisor of \(input.channels)",
                at: reader.value("heads")?.mark)
        }
        self.input = input
    }

    private var time: Int { input.time }
    private var width: Int { input.channels }
    private var headWidth: Int { width / heads }

    package var parameters: [ParameterSpec] {
        let bound = (6 / Float(4 * width)).squareRoot()
        return [
            ParameterSpec("in_proj_weight", [3 * width, width], .uniform(bound: bound)),
            ParameterSpec("in_proj_bias", [3 * width], .constant(0)),
            ParameterSpec("out_proj.weight", [width, width], .uniform(bound: 1 / Float(width).squareRoot())),
            ParameterSpec("out_proj.bias", [width], .constant(0)),
        ]
    }

    package var multiplyAdds: Int { 4 * time * width * width + 2 * time * time * width }

    private var inputWeights: Int { 0 }
    private var inputBias: Int { 3 * width * width }
    private var outputWeights: Int { inputBias + 3 * width }
    private var outputBias: Int { outputWeights + width * width }
    private var wide: Int { MatrixProduct.packedSize(k: width, n: 3 * width) }
    private var square: Int { MatrixProduct.packedSize(k: width, n: width) }
    package var packedCount: Int { wide + MatrixProduct.packedSize(k: 3 * width, n: width) + 2 * square }

    /// By sample: Q, K, V together [T][3C], joined heads [T][C], attention of every head [T][T].
    private var sampleBlock: Int { time * 4 * width + heads * time * time }
    package func workspaceCount(batch: Int) -> Int { batch * sampleBlock }
    /// One head's panels, one gradient of attention, and the gradients of the joined heads and of Q, K, V.
    package func scratchCount(batch: Int) -> Int {
        max(MatrixProduct.packedSize(k: headWidth, n: time), 16) + time * time + batch * time * 4 * width
    }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let c = Int32(width)
        ck_pack(parameters, 1, width, c, 3 * c, packed)
        ck_pack(parameters, width, 1, 3 * c, c, packed + wide)
        let output = packed + packedCount - 2 * square
        ck_pack(parameters + outputWeights, 1, width, c, c, output)
        ck_pack(parameters + outputWeights, width, 1, c, c, output + square)
    }

    /// Rows of C(m × n) = A·B, B packed for this call.
    @inline(__always)
    private func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ b: UnsafePointer<Float>, _ bRow: Int,
        _ bColumn: Int,
        _ c: UnsafeMutablePointer<Float>, _ cRow: Int, _ panels: UnsafeMutablePointer<Float>,
        _ kernels: ProductKernels
    ) {
        ck_pack(b, bRow, bColumn, Int32(k), Int32(n), panels)
        MatrixProduct.multiply(
            m: m, n: n, k: k, a: a, aRow: aRow, panels: panels, c: c, cRow: cRow, accumulates: false, kernels)
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let base = context.workspace, scale = 1 / Float(headWidth).squareRoot()
        let projected = base, joined = projected + batch * time * 3 * width, attention = joined + batch * time * width
        PanelProduct.run(
            m: batch * time, n: 3 * width, k: width, a: x, aRow: width, aColumn: 1, packed: context.packed,
            b: context.parameters, bRow: 1, bColumn: width,
            c: projected, cRow: 3 * width, bias: context.parameters + inputBias, context.kernels)
        for sample in 0..<batch {
            for head in 0..<heads {
                let q = projected + sample * time * 3 * width + head * headWidth, k = q + width, v = k + width
                let scores = attention + (sample * heads + head) * time * time
                product(
                    time, time, headWidth, q, 3 * width, k, 1, 3 * width, scores, time, context.scratch, context.kernels
                )
                if isCausal { hideFuture(scores) }
                ck_softmax(Int32(time), Int32(time), scores, scale, scores)
                MatrixProduct.multiply(
                    m: time, n: headWidth, k: time, a: scores, aRow: time, aColumn: 1, b: v, bRow: 3 * width,
                    c: joined + sample * time * width + head * headWidth, cRow: width, accumulates: false,
                    context.kernels)
            }
        }
        PanelProduct.run(
            m: batch * time, n: width, k: width, a: joined, aRow: width, aColumn: 1,
            packed: context.packed + packedCount - 2 * square,
            b: context.parameters + outputWeights, bRow: 1, bColumn: width, c: y, cRow: width,
            bias: context.parameters + outputBias, context.kernels)
    }

    /// Scores of later steps become so small that their softmax is 0.
    private func hideFuture(_ scores: UnsafeMutablePointer<Float>) {
        for t in 0..<time { for later in t + 1..<max(time, t + 1) { scores[t * time + later] = -1e30 } }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let base = context.workspace, scale = 1 / Float(headWidth).squareRoot(), rows = batch * time
        let projected = base, joined = projected + rows * 3 * width, attention = joined + rows * width
        let panels = context.scratch, dScores = panels + max(MatrixProduct.packedSize(k: headWidth, n: time), 16)
        let dJoined = dScores + time * time, dProjected = dJoined + rows * width
        MatrixProduct.multiply(
            m: width, n: width, k: rows, a: dy, aRow: 1, aColumn: width, b: joined, bRow: width,
            c: gradients + outputWeights, cRow: width, accumulates: true, context.kernels)
        ck_add_rows(Int32(rows), Int32(width), dy, width, gradients + outputBias)
        PanelProduct.run(
            m: rows, n: width, k: width, a: dy, aRow: width, aColumn: 1, packed: context.packed + packedCount - square,
            b: context.parameters + outputWeights, bRow: width, bColumn: 1, c: dJoined, cRow: width, bias: nil,
            context.kernels)
        for sample in 0..<batch {
            for head in 0..<heads {
                let offset = sample * time * 3 * width + head * headWidth
                let q = projected + offset, k = q + width, v = k + width
                let dq = dProjected + offset, dk = dq + width, dv = dk + width
                let scores = attention + (sample * heads + head) * time * time
                let upstream = dJoined + sample * time * width + head * headWidth
                MatrixProduct.multiply(
                    m: time, n: headWidth, k: time, a: scores, aRow: 1, aColumn: time, b: upstream, bRow: width, c: dv,
                    cRow: 3 * width, accumulates: false, context.kernels)
                product(time, time, headWidth, upstream, width, v, 1, 3 * width, dScores, time, panels, context.kernels)
                ck_softmax_backward(Int32(time), Int32(time), scores, dScores, scale, dScores)
                MatrixProduct.multiply(
                    m: time, n: headWidth, k: time, a: dScores, aRow: time, aColumn: 1, b: k, bRow: 3 * width, c: dq,
                    cRow: 3 * width, accumulates: false, context.kernels)
                MatrixProduct.multiply(
                    m: time, n: headWidth, k: time, a: dScores, aRow: 1, aColumn: time, b: q, bRow: 3 * width, c: dk,
                    cRow: 3 * width, accumulates: false, context.kernels)
            }
        }
        MatrixProduct.multiply(
            m: 3 * width, n: width, k: rows, a: dProjected, aRow: 1, aColumn: 3 * width, b: x, bRow: width,
            c: gradients, cRow: width, accumulates: true, context.kernels)
        ck_add_rows(Int32(rows), Int32(3 * width), dProjected, 3 * width, gradients + inputBias)
        if let dx {
            PanelProduct.run(
                m: rows, n: width, k: 3 * width, a: dProjected, aRow: 3 * width, aColumn: 1,
                packed: context.packed + wide,
                b: context.parameters, bRow: width, bColumn: 1, c: dx, cRow: width, bias: nil, context.kernels)
        }
    }
}
