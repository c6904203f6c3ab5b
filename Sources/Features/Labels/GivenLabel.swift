extension LabelKind {
    /// Directions that came with the data: −1, 0, 1.
    package static let given = LabelKind("given", "directions that came with the data", classes: directions)
}
