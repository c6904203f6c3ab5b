import Features
import NeuralNetworks
import Tensors

/// The adapter between a windowed data set and the trainer: a window is one contiguous copy.
struct WindowSamples: SampleSource {
    let dataset: WindowedDataset
    let ends: [Int32]

    var count: Int { ends.count }

    func gather(_ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>, targets: UnsafeMutablePointer<Float>) {
        let width = dataset.table.width, size = dataset.window * width
        for (position, index) in indices.enumerated() {
            let end = Int(ends[Int(index)])
            (inputs + position * size).update(from: dataset.scaled.pointer + (end - dataset.window + 1) * width, count: size)
            targets[position] = dataset.targets[end]
        }
    }
}
