package import Basics
import CKernels
import Tensors

/// The temporal attention of C(TABL) (Tran et al. 2018, arXiv:1712.00975): with X as features × time, Ȳ = W₁·X, A =
/// softmax over time of Ȳ·W (diagonal of W fixed at 1/T), Y = (λ·Ȳ + (1 − λ)·Ȳ∘A)·W₂ + B, λ in [0, 1].
///
/// Meant as the last layer, where `units` are few: everything after W₁ runs in plain loops.
package struct TemporalAttentionBilinear: Layer {
    package static let kind = "tabl"
    package static let keys = ["units", "steps", "maxNorm"]
    package let input: SampleShape
    package let output: SampleShape
    let maxNorm: Float?

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        self.input = input
        output = SampleShape(
            time: try reader.int("steps", default: 1, in: 1...65_536), channels: try reader.int("units", in: 1...65_536)
        )
        maxNorm = try reader.optionalDouble("maxNorm", in: 1e-6...1e9).map { Float($0) }
    }

    private var time: Int { input.time }
    private var features: Int { input.channels }
    private var units: Int { output.channels }
    private var steps: Int { output.time }

    package var parameters: [ParameterSpec] {
        func uniform(_ fan: Int) -> ParameterSpec.Start { .uniform(bound: (6 / Float(fan)).squareRoot()) }
        return [
            ParameterSpec("w1", [units, features], uniform(features)),
            ParameterSpec("w", [time, time], .constant(1 / Float(time))),
            ParameterSpec("w2", [time, steps], uniform(time)), ParameterSpec("bias", [units, steps], .constant(0)),
            ParameterSpec("lambda", [1], .constant(0.5)),
        ]
    }

    private var w: Int { units * features }
    private var w2: Int { w + time * time }
    private var bias: Int { w2 + time * steps }
    private var lambda: Int { bias + units * steps }

    package var multiplyAdds: Int { time * units * (features + time + steps) }
    private var forwardPanels: Int { MatrixProduct.packedSize(k: features, n: units) }
    package var packedCount: Int { forwardPanels + MatrixProduct.packedSize(k: units, n: features) }
    /// Ȳ of all samples, then A.
    package func workspaceCount(batch: Int) -> Int { 2 * batch * time * units + 16 }
    /// The gradient of Ȳ, and two columns.
    package func scratchCount(batch: Int) -> Int { batch * time * units + 2 * time }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        ck_pack(parameters, 1, features, Int32(features), Int32(units), packed)
        ck_pack(parameters, features, 1, Int32(units), Int32(features), packed + forwardPanels)
    }

    @inline(__always)
    private func mixing(_ parameters: UnsafePointer<Float>, _ from: Int, _ to: Int) -> Float {
        from == to ? 1 / Float(time) : parameters[w + from * time + to]
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let p = context.parameters, mixed = context.workspace, attention = mixed + batch * time * units
        let column = context.scratch, share = p[lambda]
        PanelProduct.run(
            m: batch * time, n: units, k: features, a: x, aRow: features, aColumn: 1, packed: context.packed, b: p,
            bRow: 1, bColumn: features,
            c: mixed, cRow: units, bias: nil, context.kernels)
        for sample in 0..<batch {
            let from = mixed + sample * time * units, weight = attention + sample * time * units
            for unit in 0..<units {
                for to in 0..<time {
                    var sum: Float = 0
                    for t in 0..<time { sum += from[t * units + unit] * mixing(p, t, to) }
                    column[to] = sum
                }
                ck_softmax(1, Int32(time), column, 1, column)
                for t in 0..<time { weight[t * units + unit] = column[t] }
                for step in 0..<steps {
                    var sum = p[bias + unit * steps + step]
                    for t in 0..<time {
                        sum += from[t * units + unit] * (share + (1 - share) * column[t]) * p[w2 + t * steps + step]
                    }
                    y[(sample * steps + step) * units + unit] = sum
                }
            }
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let p = context.parameters, mixed = context.workspace, attention = mixed + batch * time * units,
            share = p[lambda]
        let dMixed = context.scratch, dAttention = dMixed + batch * time * units, dScore = dAttention + time
        for sample in 0..<batch {
            let from = mixed + sample * time * units, weight = attention + sample * time * units,
                target = dMixed + sample * time * units
            for unit in 0..<units {
                var projected: Float = 0
                for step in 0..<steps {
                    gradients[bias + unit * steps + step] += dy[(sample * steps + step) * units + unit]
                }
                for t in 0..<time {
                    let value = from[t * units + unit], a = weight[t * units + unit], gain = share + (1 - share) * a
                    var upstream: Float = 0
                    for step in 0..<steps {
                        let g = dy[(sample * steps + step) * units + unit]
                        upstream += g * p[w2 + t * steps + step]
                        gradients[w2 + t * steps + step] += g * value * gain
                    }
                    gradients[lambda] += upstream * value * (1 - a)
                    target[t * units + unit] = upstream * gain
                    dAttention[t] = upstream * value * (1 - share)
                    projected += dAttention[t] * a
                }
                for to in 0..<time { dScore[to] = weight[to * units + unit] * (dAttention[to] - projected) }
                for t in 0..<time {
                    var sum: Float = 0
                    for to in 0..<time {
                        sum += dScore[to] * mixing(p, t, to)
                        // The diagonal is not a parameter in effect.
                        if t != to { gradients[w + t * time + to] += dScore[to] * from[t * units + unit] }
                    }
                    target[t * units + unit] += sum
                }
            }
        }
        MatrixProduct.multiply(
            m: units, n: features, k: batch * time, a: dMixed, aRow: 1, aColumn: units, b: x, bRow: features,
            c: gradients, cRow: features, accumulates: true, context.kernels)
        if let dx {
            PanelProduct.run(
                m: batch * time, n: features, k: units, a: dMixed, aRow: units, aColumn: 1,
                packed: context.packed + forwardPanels, b: p, bRow: features,
                bColumn: 1, c: dx, cRow: features, bias: nil, context.kernels)
        }
    }

    package func constrain(parameters: UnsafeMutablePointer<Float>) {
        parameters[lambda] = max(0, min(1, parameters[lambda]))
        guard let maxNorm else { return }
        Bilinear.limit(parameters, count: w, norm: maxNorm)
        Bilinear.limit(parameters + w, count: time * time, norm: maxNorm)
        Bilinear.limit(parameters + w2, count: time * steps, norm: maxNorm)
    }
}
