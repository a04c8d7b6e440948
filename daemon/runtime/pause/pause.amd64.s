# The process that holds a pod's namespaces: PID 1 of the sandbox. It waits for SIGTERM or SIGINT and exits 0.
# The ELF header is written out, so that the bytes depend on no linker. After an edit: npm run build:pause

        .set    load_address, 0x400000

        .set    SYS_rt_sigaction, 13
        .set    SYS_rt_sigprocmask, 14
        .set    SYS_rt_sigtimedwait, 128
        .set    SYS_exit_group, 231
        .set    SIGCHLD, 17
        .set    EINTR, 4
        .set    sigset_size, 8

file:   .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0         # 64 bits, little endian
        .quad   0
        .short  2, 62                                   # ET_EXEC, EM_X86_64
        .long   1
        .quad   load_address + (_start - file)
        .quad   segments - file
        .quad   0                                       # no sections
        .long   0
        .short  _header_end - file, 56, 2, 64, 0, 0
_header_end:

segments:
        .long   1, 5                                    # PT_LOAD, read and execute
        .quad   0, load_address, load_address
        .quad   file_end - file, file_end - file, 0x1000
        .long   0x6474e551, 6                           # PT_GNU_STACK, not executable
        .quad   0, 0, 0, 0, 0, 16

# struct sigaction of the kernel: SIG_IGN, no flags, no restorer, empty mask
ignore: .quad   1, 0, 0, 0
stop:   .quad   (1 << (2 - 1)) | (1 << (15 - 1))        # SIGINT and SIGTERM

# With SIGCHLD ignored the kernel itself reaps what a shared process namespace leaves to PID 1.
_start: mov     $SYS_rt_sigaction, %eax
        mov     $SIGCHLD, %edi
        lea     ignore(%rip), %rsi
        xor     %edx, %edx
        mov     $sigset_size, %r10d
        syscall

# PID 1 gets no signal that it does not handle, but one that is blocked stays pending and can be waited for.
        mov     $SYS_rt_sigprocmask, %eax
        xor     %edi, %edi                              # SIG_BLOCK
        lea     stop(%rip), %rsi
        syscall

again:  mov     $SYS_rt_sigtimedwait, %eax
        lea     stop(%rip), %rdi
        xor     %esi, %esi
        syscall
        cmp     $-EINTR, %eax                           # stopped and continued
        je      again

        shr     $31, %eax                               # 0 after a signal, 1 if waiting failed
        mov     %eax, %edi
        mov     $SYS_exit_group, %eax
        syscall
file_end:
