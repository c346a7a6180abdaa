using System.Reflection;
using System.Text;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>Writes what an assembly exports: a line a type, a line a member, sorted, so that a review sees every change of the API.</summary>
internal sealed class PublicApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly NullabilityInfoContext _nullability = new();

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        var writer = new PublicApiText();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Type(type)).Append('\n');
            foreach (string member in writer.Members(type)) text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string Type(Type type)
    {
        string kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => "struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        var bases = type.IsEnum ? [Enum.GetUnderlyingType(type)]
            : type.IsClass && type.BaseType is { } parent && parent != typeof(object) && !typeof(Delegate).IsAssignableFrom(type) ? new[] { parent }
            : [];
        string list = string.Join(", ", bases.Concat(type.IsEnum ? [] : type.GetInterfaces().Where(i => i.IsPublic).OrderBy(i => i.FullName, StringComparer.Ordinal)).Select(Name));
        return $"{kind} {type.Namespace}.{Name(type)}{(list.Length > 0 ? " : " + list : "")}";
    }

    private IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}");
        if (typeof(Delegate).IsAssignableFrom(type)) return [Method(type.GetMethod("Invoke")!)];
        return type.GetMembers(Declared)
            .Where(member => !member.Name.Contains('<', StringComparison.Ordinal))
            .Select(member => member switch
            {
                ConstructorInfo c when Visible(c) => $"{Access(c)}new({Parameters(c)})",
                PropertyInfo p when p.GetAccessors(true).Any(Visible) => Property(p),
                EventInfo e when Visible(e.AddMethod!) => $"event {Name(e.EventHandlerType!)} {e.Name}",
                FieldInfo f when f.IsPublic || f.IsFamily => Field(f),
                MethodInfo m when Visible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)) => Method(m),
                _ => null,
            })
            .OfType<string>()
            .Order(StringComparer.Ordinal);
    }

    private string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(Visible).ToArray();
        string get = accessors.Any(accessor => accessor == property.GetMethod) ? "get; " : "";
        bool isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit") == true;
        string set = accessors.Any(accessor => accessor == property.SetMethod) ? isInit ? "init; " : "set; " : "";
        string required = property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)) ? "required " : "";
        string index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        return $"{Access(accessors[0])}{required}{Name(property.PropertyType)}{Mark(_nullability.Create(property).ReadState, property.PropertyType)} {property.Name}{index} {{ {get}{set}}}";
    }

    private static string Field(FieldInfo field)
        => field.IsLiteral
            ? $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue() ?? "null"}"
            : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType)} {field.Name}";

    private string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        string result = Name(method.ReturnType) + Mark(_nullability.Create(method.ReturnParameter).ReadState, method.ReturnType);
        return $"{Access(method)}{result} {method.Name}{generic}({Parameters(method)})";
    }

    private string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private string Parameter(ParameterInfo parameter)
    {
        string way = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "";
        string value = !parameter.HasDefaultValue ? "" : parameter.RawDefaultValue switch
        {
            null => parameter.ParameterType.IsValueType ? " = default" : " = null",
            string text => $" = \"{text}\"",
            bool flag => flag ? " = true" : " = false",
            var number => string.Create(null, $" = {number}"),
        };
        return $"{way}{Name(parameter.ParameterType)}{Mark(_nullability.Create(parameter).WriteState, parameter.ParameterType)} {parameter.Name}{value}";
    }

    private static string Access(MethodBase method)
    {
        string access = method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "";
        if (method.DeclaringType!.IsInterface) return access;
        return access + (method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method is MethodInfo { IsVirtual: true, IsFinal: false } m
            ? m.GetBaseDefinition() == m ? "virtual " : "override " : "");
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Mark(NullabilityState state, Type type) => state == NullabilityState.Nullable && !type.IsValueType && !type.IsByRef ? "?" : "";

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsPointer) return Name(type.GetElementType()!) + "*";
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (type.IsGenericParameter) return type.Name;
        string plain = type.FullName switch
        {
            "System.Void" => "void",
            "System.String" => "string",
            "System.Boolean" => "bool",
            "System.Byte" => "byte",
            "System.Int32" => "int",
            "System.Int64" => "long",
            "System.UInt32" => "uint",
            "System.UInt64" => "ulong",
            "System.Object" => "object",
            "System.Char" => "char",
            "System.Double" => "double",
            _ => type.Name.Split('`')[0],
        };
        string outer = type.IsNested ? Name(type.DeclaringType!) + "." : "";
        return type.IsGenericType ? $"{outer}{plain}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : outer + plain;
    }
}
