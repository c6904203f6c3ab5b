import Basics
import CKernels
package import Tensors

/// The memory of one gradient shard: activations, their gradients, and the layers' workspaces, planned once for a
/// largest batch. Passes over it allocate nothing.
///
/// Views, and activations that their producer computes, use the memory of their source. Gradients live from their first
/// reader's backward to their own, and share memory when they do not meet; at inference activations do the same. So the
/// memory that a step walks through stays small and warm.
package final class NetworkArena: Sendable {
    /// What is computed.
    package let network: Network
    /// Most samples of one pass.
    package let capacity: Int
    /// What computes the matrix products of every pass.
    package let kernels: ProductKernels
    private let memory: FloatBuffer
    /// By value.
    private let activationOffsets: [Int]
    private let gradientOffsets: [Int]
    /// What each node's backward does for each of its sources.
    private let gradientSteps: [[GradientStep]]
    private let workspaceOffsets: [Int]
    private let scratchOffset: Int
    private let partOffset: Int

    private enum GradientStep: Sendable {
        /// Nobody needs it.
        case none
        /// The source's gradient is this node's own memory, nothing to do.
        case shared
        case write
        /// Another reader wrote before: into a spare block first, then added.
        case add
    }

    /// - Parameters:
    ///   - batch: most samples of one pass.
    ///   - isTraining: whether gradients will be needed.
    ///   - wantsInputGradient: also computes the gradient of the input, for checks.
    ///   - kernels: what computes matrix products; a trained network is used with our own in float32.
    package init(
        _ network: Network, batch: Int, isTraining: Bool, wantsInputGradient: Bool = false,
        kernels: ProductKernels = .panels
    ) {
        self.network = network
        self.kernels = kernels
        capacity = batch
        var plan = MemoryPlan()
        // First what lives as long as the arena.
        let workspaces = network.nodes.map { $0.layer?.workspaceCount(batch: batch) ?? 0 }
        if isTraining {
            workspaceOffsets = workspaces.map { plan.take($0) }
        } else {
            // Nothing is kept for a way back: one block serves all.
            let shared = plan.take(workspaces.max() ?? 0)
            workspaceOffsets = workspaces.map { _ in shared }
        }
        scratchOffset = plan.take(network.nodes.map { $0.layer?.scratchCount(batch: batch) ?? 0 }.max() ?? 0)
        let hasBranches = isTraining && network.consumers.contains { $0 > 1 }
        partOffset = plan.take(
            hasBranches ? batch * (0...network.nodes.count).reduce(0) { max($0, network.shape($1).count) } : 0)
        activationOffsets = NetworkArena.placeActivations(
            network, roots: NetworkArena.roots(network), batch: batch, isTraining: isTraining, plan: &plan)
        if isTraining {
            (gradientOffsets, gradientSteps) = NetworkArena.placeGradients(
                network, batch: batch, wantsInputGradient: wantsInputGradient, plan: &plan)
        } else {
            (gradientOffsets, gradientSteps) = ([], [])
        }
        memory = FloatBuffer(count: plan.size)
    }

    /// Memory that one more sample adds to a training arena, about.
    static func floatsPerSample(_ network: Network) -> Int {
        network.nodes.reduce(network.input.count) { $0 + $1.output.count + ($1.layer?.workspaceCount(batch: 1) ?? 0) }
    }

    /// The value whose memory each value uses.
    private static func roots(_ network: Network) -> [Int] {
        network.nodes.enumerated().reduce(into: [0]) { roots, entry in
            let (index, node) = entry
            let sharesMemory: Bool
            switch node.operation {
            case .layer(let layer): sharesMemory = layer.isView
            case .join: sharesMemory = false
            case .fused: sharesMemory = true
            }
            roots.append(sharesMemory ? roots[node.sources[0]] : index + 1)
        }
    }

    private static func placeActivations(
        _ network: Network, roots: [Int], batch: Int, isTraining: Bool, plan: inout MemoryPlan
    ) -> [Int] {
        let last = network.nodes.count
        // The last node that reads each block; the output outlives all.
        var lastUse = [Int](repeating: -1, count: last + 1)
        for (index, node) in network.nodes.enumerated() {
            for source in node.sources { lastUse[roots[source]] = index }
        }
        lastUse[roots[last]] = .max
        lastUse[0] = .max
        var offsets = [plan.take(batch * network.input.count)]
        for index in network.nodes.indices {
            let value = index + 1
            offsets.append(
                roots[value] == value ? plan.take(batch * network.shape(value).count) : offsets[roots[value]])
            guard !isTraining else { continue }
            for block in 1..<max(value, 1) where roots[block] == block && lastUse[block] == index {
                plan.release(offsets[block])
            }
        }
        return offsets
    }

    private static func placeGradients(_ network: Network, batch: Int, wantsInputGradient: Bool, plan: inout MemoryPlan)
        -> ([Int], [[GradientStep]])
    {
        var needed = [wantsInputGradient]
        for node in network.nodes {
            needed.append(
                wantsInputGradient || (node.layer?.parameterCount ?? 0) > 0 || node.sources.contains { needed[$0] })
        }
        var offsets = [Int](repeating: -1, count: network.nodes.count + 1)
        var steps = [[GradientStep]](repeating: [], count: network.nodes.count)
        offsets[network.nodes.count] = plan.take(batch * network.output.count)
        for index in network.nodes.indices.reversed() {
            let node = network.nodes[index], value = index + 1
            // What nobody differentiates through needs no gradient; the values before it do not either.
            guard offsets[value] >= 0 else {
                steps[index] = node.sources.map { _ in .none }
                continue
            }
            var isPassedOn = false
            for source in node.sources {
                if !needed[source] {
                    steps[index].append(.none)
                } else if offsets[source] >= 0 {
                    steps[index].append(.add)
                } else if network.consumers[source] == 1, canShare(node) {
                    offsets[source] = offsets[value]
                    isPassedOn = true
                    if case .layer(let layer) = node.operation, !layer.isView {
                        steps[index].append(.write)
                    } else {
                        steps[index].append(.shared)
                    }
                } else {
                    offsets[source] = plan.take(batch * network.shape(source).count)
                    steps[index].append(.write)
                }
            }
            if !isPassedOn, value != network.nodes.count { plan.release(offsets[value]) }
        }
        return (offsets, steps)
    }

    private static func canShare(_ node: Network.Node) -> Bool {
        switch node.operation {
        case .layer(let layer): layer.isView || layer.sharesGradient
        case .join: false
        case .fused: true
        }
    }

    /// Where the caller puts the samples, `[B][T][W][C]`.
    package var input: UnsafeMutablePointer<Float> { memory.pointer + activationOffsets[0] }
    /// `[B][T][W][C]` of the last node, after ``forward(batch:parameters:packed:isTraining:key:firstSample:)``.
    package var output: UnsafeMutablePointer<Float> { memory.pointer + activationOffsets[network.nodes.count] }
    /// Where the loss puts the gradient of the output.
    package var outputGradient: UnsafeMutablePointer<Float> { memory.pointer + gradientOffsets[network.nodes.count] }
    /// `[B][T][W][C]`, where the arena was planned for it.
    package var inputGradient: UnsafeMutablePointer<Float> { memory.pointer + gradientOffsets[0] }
    /// A node's own memory.
    package func workspace(_ node: Int) -> UnsafeMutablePointer<Float> { memory.pointer + workspaceOffsets[node] }
    /// The output of a node after `forward`, for checks; at inference later nodes may have used the memory since.
    package func activation(_ node: Int) -> UnsafePointer<Float> {
        UnsafePointer(memory.pointer + activationOffsets[node + 1])
    }
    /// Bytes of the arena.
    package var byteCount: Int { memory.count * MemoryLayout<Float>.stride }

    @inline(__always)
    private func context(
        _ index: Int, parameters: FloatBuffer, packed: FloatBuffer, isTraining: Bool, key: UInt64, firstSample: Int
    ) -> LayerContext {
        LayerContext(
            parameters: parameters.pointer + network.parameterOffsets[index],
            packed: packed.pointer + network.packedOffsets[index], workspace: workspace(index),
            scratch: memory.pointer + scratchOffset, isTraining: isTraining,
            key: key &+ UInt64(index) &* 0xA24B_AED4_963E_E407, firstSample: firstSample, kernels: kernels)
    }

    /// Calls `body` with the activations that a node reads; allocates nothing.
    @inline(__always)
    private func withSources(_ node: Network.Node, _ body: (UnsafeBufferPointer<UnsafePointer<Float>>) -> Void) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: node.sources.count) { pointers in
            for (position, source) in node.sources.enumerated() {
                pointers.initializeElement(at: position, to: UnsafePointer(memory.pointer + activationOffsets[source]))
            }
            body(UnsafeBufferPointer(pointers))
        }
    }

    /// Runs all layers on the samples in ``input``; the result is in ``output``.
    package func forward(
        batch: Int, parameters: FloatBuffer, packed: FloatBuffer, isTraining: Bool = false, key: UInt64 = 0,
        firstSample: Int = 0
    ) {
        precondition(batch <= capacity, "found a batch of \(batch), planned for \(capacity)")
        for index in network.nodes.indices {
            let node = network.nodes[index]
            let y = memory.pointer + activationOffsets[index + 1]
            switch node.operation {
            case .layer(let layer):
                if layer.isView { continue }
                layer.forward(
                    batch: batch, x: memory.pointer + activationOffsets[node.sources[0]], y: y,
                    context(
                        index, parameters: parameters, packed: packed, isTraining: isTraining, key: key,
                        firstSample: firstSample))
            case .join(let join): withSources(node) { join.forward(batch: batch, sources: $0, y: y) }
            case .fused: continue
            }
        }
    }

    /// Adds the weight gradients of the samples of the last `forward` to `gradients`, from ``outputGradient``.
    package func backward(
        batch: Int, parameters: FloatBuffer, packed: FloatBuffer, gradients: UnsafeMutablePointer<Float>,
        key: UInt64 = 0,
        firstSample: Int = 0
    ) {
        for index in network.nodes.indices.reversed() where gradientOffsets[index + 1] >= 0 {
            let node = network.nodes[index]
            let dy = memory.pointer + gradientOffsets[index + 1]
            for (position, source) in node.sources.enumerated() {
                let dx: UnsafeMutablePointer<Float>?
                switch gradientSteps[index][position] {
                case .shared: continue
                case .none: dx = nil
                case .write: dx = memory.pointer + gradientOffsets[source]
                case .add: dx = memory.pointer + partOffset
                }
                switch node.operation {
                case .layer(let layer):
                    layer.backward(
                        batch: batch, x: memory.pointer + activationOffsets[source],
                        y: memory.pointer + activationOffsets[index + 1], dy: dy, dx: dx,
                        gradients: gradients + network.parameterOffsets[index],
                        context(
                            index, parameters: parameters, packed: packed, isTraining: true, key: key,
                            firstSample: firstSample))
                case .join(let join):
                    if let dx {
                        withSources(node) { join.backward(batch: batch, sources: $0, of: position, dy: dy, dx: dx) }
                    }
                case .fused: continue
                }
                if case .add = gradientSteps[index][position] {
                    ck_add(
                        batch * network.shape(source).count, memory.pointer + partOffset,
                        memory.pointer + gradientOffsets[source])
                }
            }
        }
    }
}
