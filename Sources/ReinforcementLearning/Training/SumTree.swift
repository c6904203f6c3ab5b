/// Weights of items with their sum, and the item at a place of the running sum, both in O(log n).
package struct SumTree {
    private let leaves: Int
    private var sums: [Double]

    /// A tree of `capacity` items, all of weight zero.
    package init(capacity: Int) {
        var leaves = 1
        while leaves < capacity { leaves *= 2 }
        self.leaves = leaves
        sums = [Double](repeating: 0, count: 2 * leaves)
    }

    /// Sum of all weights.
    package var total: Double { sums[1] }
    /// Weight of an item.
    package subscript(item: Int) -> Double { sums[leaves + item] }

    /// Gives an item another weight. O(log n).
    package mutating func set(_ item: Int, _ weight: Double) {
        var node = leaves + item
        sums[node] = weight
        // Parents are added up anew, so rounding does not pile up.
        while node > 1 {
            node /= 2
            sums[node] = sums[2 * node] + sums[2 * node + 1]
        }
    }

    /// The first item whose running sum exceeds `place`; for places from 0 up to below the total.
    package func item(at place: Double) -> Int {
        var node = 1, rest = place
        while node < leaves {
            // Rounding may point past the last weight on the right: what is empty is not entered.
            if rest < sums[2 * node] || sums[2 * node + 1] <= 0 {
                node = 2 * node
            } else {
                rest -= sums[2 * node]
                node = 2 * node + 1
            }
        }
        return node - leaves
    }
}
