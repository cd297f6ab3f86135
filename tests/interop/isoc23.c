/* The prebuilt Icechunk addon imports two C23 functions that glibc has since 2.38. For older ones this library is preloaded. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#undef sscanf
#undef strtol

int __isoc23_sscanf(const char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int fields = vsscanf(text, format, arguments);
    va_end(arguments);
    return fields;
}

long __isoc23_strtol(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}
