using Engine.Layers;
using Engine.Layout;

namespace Engine.Interop;

/// <summary>
/// Which module of a PyTorch file is which of the model: by the caller's word, or by names and shapes where only one fits. It never
/// guesses.
/// </summary>
internal sealed class ModuleMatch
{
    private readonly SafetensorsFile _file;
    private readonly IReadOnlyDictionary<string, string> _given;

    // The model's tensors in its order, each with its place in one of the groups.
    private readonly List<(Parameter Parameter, TensorGroup Group, string Local)> _tensors = [];
    private readonly OrderedDictionary<string, TensorGroup> _ours = [];
    private readonly List<TensorGroup> _theirs;
    private readonly Dictionary<TensorGroup, TensorGroup> _matches = [];

    /// <param name="file">The file.</param>
    /// <param name="names">The layers' names.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="given">
    /// The model's modules with the file's. A layer of a stack may stand alone (<c>lstm.l1</c>); then every layer of that stack is a
    /// module of its own in the file.
    /// </param>
    public ModuleMatch(SafetensorsFile file, LayerName[] names, Layer[] layers, IReadOnlyDictionary<string, string> given)
    {
        _file = file;
        _given = given;
        _theirs = TensorGroup.Of(file);
        var split = names.Where(name => name.Index is not null && given.ContainsKey(name.Display)).Select(name => name.Module).ToHashSet();
        for (int i = 0; i < layers.Length; i++)
        {
            bool alone = split.Contains(names[i].Module);
            foreach (Parameter parameter in layers[i].Parameters) Add(parameter, alone ? names[i].Display : names[i].Module, alone);
        }
    }

    /// <summary>The tensors under the model's own names.</summary>
    public WantedTensor[] SameNames() => [.. _tensors.Select(tensor => new WantedTensor(tensor.Parameter.Name, tensor.Parameter.Shape))];

    /// <summary>The tensors under the file's names.</summary>
    /// <exception cref="ArgumentException">The caller named a module that does not exist, or one twice.</exception>
    /// <exception cref="InvalidDataException">No module fits, or more than one does.</exception>
    public WantedTensor[] Find()
    {
        if (_given.Count == 0 && _tensors.All(tensor => _file.Contains(tensor.Parameter.Name))) return SameNames();

        foreach ((string ours, string theirs) in _given) MatchGiven(ours, theirs);
        foreach (TensorGroup group in _ours.Values.Where(group => !_matches.ContainsKey(group)).ToList()) MatchByShape(group);
        return [.. _tensors.Select(tensor => new WantedTensor(_matches[tensor.Group].Prefix + tensor.Local, tensor.Parameter.Shape))];
    }

    private void Add(Parameter parameter, string module, bool alone)
    {
        string local = TensorGroup.Split(parameter.Name).Local;
        if (alone) local = local[..(local.LastIndexOf("_l", StringComparison.Ordinal) + 2)] + "0";
        if (!_ours.TryGetValue(module, out TensorGroup? group)) _ours.Add(module, group = new(module + "."));
        group.Shapes.Add(local, parameter.Shape);
        _tensors.Add((parameter, group, local));
    }

    private void MatchGiven(string ours, string theirs)
    {
        if (!_ours.TryGetValue(ours, out TensorGroup? group))
            throw new ArgumentException($"modules names {Quoted.Text(ours)}; the model has {Quoted.List(_ours.Keys)}.", "modules");

        TensorGroup match = _theirs.Find(candidate => candidate.Module == theirs) ?? throw new ArgumentException(
            $"modules gives {Quoted.Text(theirs ?? "null")} for {Quoted.Text(ours)}; the file has {Quoted.List(Modules(_theirs))}.",
            "modules");
        if (_matches.ContainsValue(match)) throw new ArgumentException($"modules gives {Quoted.Text(theirs)} twice.", "modules");
        if (!group.Fits(match)) throw _file.Broken(group.Difference(match));
        _matches.Add(group, match);
    }

    private void MatchByShape(TensorGroup group)
    {
        List<TensorGroup> free = [.. _theirs.Where(candidate => !_matches.ContainsValue(candidate))];
        List<TensorGroup> candidates = [.. free.Where(group.Fits)];
        List<TensorGroup> rivals = [.. _ours.Values.Where(other => !_matches.ContainsKey(other) && other.Fits(group))];
        if (candidates.Count == 1 && rivals.Count == 1)
        {
            _matches.Add(group, candidates[0]);
            return;
        }

        if (candidates.Count == 0) throw NoneFits(group, free);
        if (candidates.Count < rivals.Count)
        {
            throw _file.Broken(
                $"{Quoted.List(Modules(rivals))} have the same tensors ({group}); "
                + $"only {Quoted.List(Modules(candidates))} of the file fits");
        }

        throw _file.Broken(
            $"{Quoted.List(Modules(rivals))} of the model could be {Quoted.List(Modules(candidates))} of the file, "
            + "which have the same tensors; say which with modules, "
            + $"as in [{Quoted.Text(group.Module)}] = {Quoted.Text(candidates[0].Module)}");
    }

    private InvalidDataException NoneFits(TensorGroup group, List<TensorGroup> free)
    {
        TensorGroup? nearest = free.Where(candidate => group.Likeness(candidate) > 0).MaxBy(group.Likeness);
        string why = nearest is null ? "" : $"; the nearest is {Quoted.Text(nearest.Module)}: {group.Difference(nearest)}";
        string advice = nearest is null ? "" : Advice(group, nearest);
        return _file.Broken(
            $"no module of the file is the model's {Quoted.Text(group.Module)} ({group}){why}; left are {Quoted.List(Modules(free))}{advice}");
    }

    // What users meet most often.
    private static string Advice(TensorGroup group, TensorGroup nearest)
    {
        if (group.LacksOnlyBiases(nearest))
            return "; a module made with bias=False loads once the file has biases of zeros for it";
        return group.Shapes.ContainsKey("weight_ih_l1") && !nearest.Shapes.ContainsKey("weight_ih_l1")
            ? $"; if each layer is a module of its own, say which with modules, as in [{Quoted.Text($"{group.Module}.l0")}] = {Quoted.Text(nearest.Module)}"
            : "";
    }

    private static IEnumerable<string> Modules(IEnumerable<TensorGroup> groups) => groups.Select(group => group.Module);
}
