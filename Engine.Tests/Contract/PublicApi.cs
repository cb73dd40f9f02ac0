using System.Reflection;
using System.Runtime.CompilerServices;

namespace Engine.Tests.Contract;

/// <summary>Every public type and member of the engine as sorted lines, each with the id that XML documentation knows it by.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string",
    };

    public static IReadOnlyList<(string Line, string Id)> Entries() =>
        [.. typeof(SequenceModel).Assembly.GetExportedTypes().SelectMany(OfType).OrderBy(entry => entry.Line, StringComparer.Ordinal)];

    private static IEnumerable<(string Line, string Id)> OfType(Type type)
    {
        yield return ($"{Name(type)} : {Kind(type)}", $"T:{type.FullName}");
        foreach (FieldInfo field in type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName))
        {
            string value = field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "";
            yield return ($"{Name(type)}.{field.Name} : {Name(field.FieldType)}{value}", $"F:{type.FullName}.{field.Name}");
        }

        foreach (PropertyInfo property in type.GetProperties(Declared).Where(IsWritten))
        {
            yield return (
                $"{Name(type)}.{property.Name} : {Name(property.PropertyType)} {Accessors(property)}",
                $"P:{type.FullName}.{property.Name}");
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(IsWritten))
            yield return ($"{Name(type)}({Parameters(constructor)})", $"M:{type.FullName}.#ctor{IdOfParameters(constructor)}");

        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => IsWritten(method) && !method.IsSpecialName))
        {
            yield return (
                $"{Name(type)}.{method.Name}({Parameters(method)}) : {(method.IsStatic ? "static " : "")}{Name(method.ReturnType)}",
                $"M:{type.FullName}.{method.Name}{IdOfParameters(method)}");
        }
    }

    private static bool IsWritten(PropertyInfo property) => IsVisible(property.GetMethod) && property.Name != "EqualityContract";

    private static bool IsVisible(MethodBase? method) =>
        method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    // Records have members that the compiler wrote.
    private static bool IsWritten(MethodBase method) => IsVisible(method) && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static string Kind(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        IEnumerable<string> bases = (type.BaseType is { } parent && parent.Namespace == type.Namespace ? [parent] : Type.EmptyTypes)
            .Concat(type.IsEnum ? [] : type.GetInterfaces()).Select(Name).Order(StringComparer.Ordinal);
        return string.Join(" ", [kind, .. bases]);
    }

    private static string Accessors(PropertyInfo property)
    {
        string set = !IsVisible(property.SetMethod) ? ""
            : property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? " required" : "";
        return $"{{ {(property.GetMethod!.IsStatic ? "static " : "")}get;{set} }}{required}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}"
        + $"{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword;
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsByRef) return "ref " + Name(type.GetElementType()!);
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        string name = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType
            ? $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : name;
    }

    private static string IdOfParameters(MethodBase method)
    {
        Type[] types = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        return types.Length == 0 ? "" : $"({string.Join(",", types.Select(IdOf))})";
    }

    private static string IdOf(Type type)
    {
        if (type.IsArray) return IdOf(type.GetElementType()!) + "[]";
        if (type.IsByRef) return IdOf(type.GetElementType()!) + "@";
        if (!type.IsGenericType) return type.FullName!.Replace('+', '.');
        string name = type.GetGenericTypeDefinition().FullName!;
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(",", type.GetGenericArguments().Select(IdOf))}}}";
    }
}
