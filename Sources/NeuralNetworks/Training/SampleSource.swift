/// Where training finds its samples. Gathering writes into planned memory and allocates nothing.
package protocol SampleSource: Sendable {
    /// The number of samples.
    var count: Int { get }
    /// Writes the samples at `indices` to `inputs` (`[B][T][C]`) and their targets to `targets` (`[B]`).
    func gather(
        _ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>, targets: UnsafeMutablePointer<Float>
    )
}
