//! The code that the table of operations is turned into.

/// Of each row of the table in [`crate::operation`] makes
///
/// - a variant of the enum, and the same of [`Exhaustive`](super::Exhaustive);
/// - what is written and read as JSON and on the wire;
/// - a sentence, by `Display`;
/// - constructors, which [`each_constructor!`](crate::each_constructor) hands on to `migration-api`, where
///   they become methods of `Migrator`.
macro_rules! operations {
    (
        $(#$enum_attribute:tt)*
        pub enum $enum:ident by $key:literal:
        $(
            $(#$doc:tt)*
            $tag:literal = $variant:ident
            $(($one:ident: $one_type:ty [$one_mode:ident]))?
            $({$(
                $(#$field_doc:tt)*
                $field:ident $(as $name:literal)?: $type:ty [$mode:ident],
            )*})?
            sentence($($sentence:tt)*)
            constructors {
                fn $first:ident $(as $first_method:ident)? ($($first_argument:tt)*) $first_values:tt
                $(
                    $(#$more_doc:tt)*
                    fn $more:ident $(as $more_method:ident)? ($($more_argument:tt)*) $more_values:tt
                )*
            }
        )*
    ) => {
        $(#$enum_attribute)*
        pub enum $enum {$(
            $(#$doc)*
            $variant $(($one_type))? $({ $($(#$field_doc)* $field: $type,)* })?,
        )*}

        /// An operation for code that decides something for every operation: unlike that of [`Operation`], a
        /// match of it without `_` compiles outside of this crate, and no longer once there is another operation.
        #[doc(hidden)]
        #[derive(Clone, Copy)]
        pub enum Exhaustive<'o> {$(
            $variant $((&'o $one_type))? $({ $($field: &'o $type,)* })?,
        )*}

        impl $enum {
            /// To be matched on without `_`.
            #[doc(hidden)]
            #[must_use]
            pub fn exhaustive(&self) -> Exhaustive<'_> {
                match self {$(
                    Self::$variant $(($one))? $({ $($field),* })? => {
                        Exhaustive::$variant $(($one))? $({ $($field),* })?
                    }
                )*}
            }
        }

        impl $enum {$(
            $(#$doc)*
            #[must_use]
            pub fn $first($($first_argument)*) -> Self {
                Self::$variant $first_values
            }

            $(
                $(#$more_doc)*
                #[must_use]
                pub fn $more($($more_argument)*) -> Self {
                    Self::$variant $more_values
                }
            )*
        )*}

        impl std::fmt::Display for $enum {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {$(
                    Self::$variant $(($one))? $({ $($field),* })? => write!(f, $($sentence)*),
                )*}
            }
        }

        $crate::codec::variants! { $enum by $key: $(
            $tag = $variant
                $(($one: $one_mode))?
                $({ $($field $(as $name)?: $mode),* })?,
        )*}

        $crate::codec::maps! { $enum }

        /// Hands the constructors to the macro `callback`, each as
        /// `#[doc = ".."] fn name as name_of_its_method (arguments)`.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! each_constructor {
            ($callback:ident) => {
                $callback! {$(
                    $(#$doc)* fn $first $(as $first_method)? ($($first_argument)*)
                    $($(#$more_doc)* fn $more $(as $more_method)? ($($more_argument)*))*
                )*}
            };
        }
    };
}

pub(crate) use operations;
